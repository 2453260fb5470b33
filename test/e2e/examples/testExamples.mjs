import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { servePages } from "../hosts/pageServer.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import * as bigrams from "./bigrams.mjs";
import * as classifier from "./classifier.mjs";
import { EXAMPLES } from "./examples.mjs";
import { openBrowsers } from "./pages.mjs";
import { promisedBy } from "./promised.mjs";
import { makeStage } from "./stage.mjs";

/** In folders, but not here: `npm start` of the library runs it. */
const ELSEWHERE = ["mnist"];

/** Runs the examples whose names hold all the words, and prints what came of each. True where none failed. */
export async function testExamples(words, missing) {
  refuseForgotten();
  const { folder, tarball } = makeStage();
  console.log(tarball);
  const server = await servePages(folder);
  const browsers = openBrowsers(missing);
  const stage = { folder, server, browsers, missing };

  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const example of EXAMPLES.filter(({ name }) => words.every((word) => name.includes(word)))) {
    for (const way of example.ways) {
      const start = Date.now();
      const { outcome, why } = await resultOf(example, way, stage);
      count[outcome]++;
      console.log(`${outcome}  ${example.name}, ${way.host}  ${Date.now() - start} ms`);
      if (why) console.log(why);
    }
  }

  await browsers.close();
  server.close();
  rmSync(folder, { recursive: true });
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0 && count.passed > 0;
}

function refuseForgotten() {
  const folders = readdirSync(fileURLToPath(new URL("../../../examples", import.meta.url)), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const known = [...EXAMPLES.map(({ name }) => name), ...ELSEWHERE];
  const forgotten = folders.filter((name) => !known.includes(name));
  if (forgotten.length > 0) throw new Error(`examples that nothing runs: ${forgotten.join(", ")}`);
  for (const [name, { isAsWritten }] of Object.entries({ bigrams, classifier })) {
    if (!isAsWritten()) throw new Error(`a model is another: node test/e2e/examples/${name}.mjs writes it`);
  }
}

async function resultOf({ name }, { run }, stage) {
  try {
    const printed = (await run({ ...stage, name })).trimEnd();
    const promised = promisedBy(name);
    if (printed === promised) return { outcome: "passed" };
    return { outcome: "failed", why: `expected\n${promised}\ngot\n${printed}` };
  } catch (error) {
    if (error instanceof Unavailable) return { outcome: "skipped", why: error.message };
    return { outcome: "failed", why: [error.message, error.stderr].filter(Boolean).join("\n") };
  }
}
