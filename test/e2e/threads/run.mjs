// ./threads in Debian's browsers: pages and workers with and without cross-origin isolation, under policies, with workers
// that die. `node test/e2e/threads/run.mjs Chromium` runs one browser.

import { cpSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { BROWSERS, launch } from "../hosts/debianBrowsers.mjs";
import { entryOf, unpackLibrary } from "../packedLibrary.mjs";
import { servePages } from "../hosts/pageServer.mjs";
import { load } from "../runtimes/playwright.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";

const TWO = { isolated: true, backend: { kind: "wasm", variant: "simd", threads: 2 }, same: true };
/** The call that the worker is at fails, and no other. */
const DEATH = { codes: ["ERR_WORKER"], inTime: true, whole: true, works: true, threads: 2, made: 3 };
const one = (reason) => ({ kind: "wasm", variant: "simd", threads: 1, reason });

/** What is done where, and what has to be found; a reason by what it says. */
const CHECKS = [
  ["isolated", "pool", { ...TWO, late: "ERR_TERMINATED" }],
  ["isolated", "pool worker", { ...TWO, late: "ERR_TERMINATED" }],
  ["isolated", "byDefault", { several: true, same: true }],
  ["isolated", "ownWorker", TWO],
  ["isolated", "terminated", DEATH],
  ["isolated", "closed", DEATH],
  ["isolated", "thrown", DEATH],
  ["isolated", "pending", { codes: ["ERR_TERMINATED", "ERR_TERMINATED"] }],
  ["isolated", "missing", { backend: one(/^no worker: .*did not load/), same: true }],
  [
    "free",
    "pool",
    { isolated: false, backend: one(/^the page is not cross-origin isolated/), same: true, late: "ERR_TERMINATED" },
  ],
  ["isolated-wasm-unsafe-eval", "ownWorker", TWO],
  [
    "isolated-wasm-unsafe-eval",
    "pool",
    { isolated: true, backend: one(/^no worker: /), same: true, late: "ERR_TERMINATED" },
  ],
];

/** The pages, and the packed library beside them, whose files they name as the package's conditions do. */
function stage() {
  const { folder, manifest } = unpackLibrary();
  cpSync(fileURLToPath(new URL("pages", import.meta.url)), folder, { recursive: true });
  for (const [name, entry] of [
    ["main", "."],
    ["threads", "./threads"],
    ["worker", "./threads/worker"],
  ]) {
    const path = posix.join("node_modules/softmax-wasm", entryOf(manifest, ["browser", "import", "default"], entry));
    writeFileSync(join(folder, `library.${name}.mjs`), `export * from "./${path}";\n`);
  }
  return folder;
}

/** What differs, or undefined. */
function differenceOf(found, expected) {
  const pattern = expected.backend?.reason;
  const reason = found.backend?.reason;
  const plain = pattern === undefined || !pattern.test(reason) ? expected : withReason(expected, reason);
  return isDeepStrictEqual(found, plain) ? undefined : `got ${JSON.stringify(found)}`;
}

const withReason = (expected, reason) => ({ ...expected, backend: { ...expected.backend, reason } });

/** How often a page is opened whose browser blocks in `new Worker`. */
const TIMES = 5;

async function foundBy(browser, policy, context) {
  for (let time = 1; ; time++) {
    const page = await browser.newPage();
    const found = await server.reportOf(context, policy, (address) => page.goto(address)).catch(String);
    await page.close();
    if (found.isBlocked !== true || time === TIMES) return found;
    console.log(`  again   ${policy}, ${context}: the browser does not return from new Worker (README.md)`);
  }
}

async function started(which) {
  try {
    return await launch(which, load);
  } catch (error) {
    if (error instanceof Unavailable) return error;
    throw error;
  }
}

// Where it cannot be installed the browsers are skipped, one by one.
installLocked(fileURLToPath(new URL("../runtimes", import.meta.url)));
const folder = stage();
const server = await servePages(folder);
const words = process.argv.slice(2).map((word) => word.toLowerCase());
const count = { passed: 0, failed: 0, skipped: 0 };
for (const which of BROWSERS) {
  if (!words.every((word) => which.runtime.toLowerCase().includes(word))) continue;
  const browser = await started(which);
  if (browser instanceof Unavailable) {
    console.log(`${which.runtime} skipped: ${browser.message}`);
    count.skipped += CHECKS.length;
    continue;
  }
  console.log(`${which.runtime} ${browser.version()}`);
  for (const [policy, context, expected] of CHECKS) {
    const start = Date.now();
    const found = await foundBy(browser, policy, context);
    const why = differenceOf(found, expected);
    count[why === undefined ? "passed" : "failed"]++;
    const outcome = why === undefined ? "passed" : "FAILED";
    console.log(`  ${outcome}  ${policy}, ${context}  ${Date.now() - start} ms${why === undefined ? "" : `  ${why}`}`);
  }
  await browser.close();
}
server.close();
rmSync(folder, { recursive: true });
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed > 0 ? 1 : 0;
