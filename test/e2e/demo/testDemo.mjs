import playwright from "playwright-core";
import { buildDemo } from "../../../demo/build.mjs";
import { BROWSERS, launch } from "../hosts/debianBrowsers.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { arrivalChecks } from "./checks/arrival.mjs";
import { benchmarkChecks } from "./checks/benchmark.mjs";
import { digitsChecks } from "./checks/digits.mjs";
import { keyboardChecks } from "./checks/keyboard.mjs";
import { learningChecks } from "./checks/learning.mjs";
import { looksChecks } from "./checks/looks.mjs";
import { rowChecks } from "./checks/row.mjs";
import { samplingChecks } from "./checks/sampling.mjs";
import { withoutWasmChecks } from "./checks/withoutWasm.mjs";
import { visitor } from "./visitor.mjs";

const CHECKS = [
  ...arrivalChecks,
  ...rowChecks,
  ...samplingChecks,
  ...benchmarkChecks,
  ...learningChecks,
  ...digitsChecks,
  ...keyboardChecks,
  ...looksChecks,
  ...withoutWasmChecks,
];

/** Runs the checks whose titles hold all the words, in each browser, and prints them. True where none failed. */
export async function testDemo(words) {
  const folder = buildDemo();
  const chosen = CHECKS.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word.toLowerCase())));
  const count = { passed: 0, failed: 0, skipped: 0 };

  for (const which of BROWSERS) {
    const browser = await started(which);
    if (browser instanceof Unavailable) {
      console.log(`${which.runtime} skipped: ${browser.message}`);
      count.skipped += chosen.length;
      continue;
    }
    console.log(`${which.runtime} ${browser.version()}`);
    for (const check of chosen) {
      const start = Date.now();
      const { outcome, why } = await result(check, browser, folder);
      count[outcome]++;
      console.log(`  ${outcome}  ${check.title}  ${Date.now() - start} ms`);
      if (why) console.log(why);
    }
    await browser.close();
  }

  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0 && chosen.length > 0;
}

async function started(which) {
  try {
    return await launch(which, () => Promise.resolve(playwright));
  } catch (error) {
    if (error instanceof Unavailable) return error;
    throw error;
  }
}

/** The outcome, and what went wrong: in the check, or on the console of its pages. */
async function result({ run }, browser, folder) {
  const { visit, complaints, leave } = visitor(browser, folder);
  try {
    await run(visit);
    const why = complaints().join("\n");
    return { outcome: why ? "failed" : "passed", why };
  } catch (error) {
    if (error instanceof Unavailable) return { outcome: "skipped", why: error.message };
    return { outcome: "failed", why: [error.stack, ...complaints()].join("\n") };
  } finally {
    await leave();
  }
}
