// Compiles a user's file with every combination of compiler, module resolution, libraries and strictness that people have, on
// the package as it is published. Prints how many were tried, and every error.

import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { installLocked } from "../lockedPackages.mjs";
import { unpackLibrary } from "../packedLibrary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

const COMPILERS = (process.env.TSV ?? "5.0 5.4 5.7 5.9 6.0").split(" ");

const missing = installLocked(here);
if (missing !== undefined) {
  console.log(`types skipped: ${missing}, and test/e2e/types/node_modules is not there`);
  process.exit(0);
}

const { folder } = unpackLibrary();
mkdirSync(join(folder, "node_modules", "@types"));
symlinkSync(join(here, "node_modules", "@types", "node"), join(folder, "node_modules", "@types", "node"));
symlinkSync(join(here, "node_modules", "undici-types"), join(folder, "node_modules", "undici-types"));
const NAMES = ["user", "wasm", "browser", "node", "disposable"];
const AMBIENT = join(folder, "wasmFiles.d.ts");
copyFileSync(join(here, "wasmFiles.d.ts"), AMBIENT);
for (const name of NAMES) {
  const text = readFileSync(join(here, `${name}.ts`), "utf8");
  for (const ending of ["ts", "cts", "mts"]) writeFileSync(join(folder, `${name}.${ending}`), text);
}

const started = Date.now();
const left = [...COMPILERS];
const totals = { tried: 0, failures: 0 };
await Promise.all(Array.from({ length: availableParallelism() }, takeTurns));
rmSync(folder, { recursive: true });
const seconds = ((Date.now() - started) / 1000).toFixed(0);
console.log(`types: ${totals.tried} combinations tried, ${totals.failures} failures (${seconds} s)`);
if (totals.failures > 0 || totals.tried === 0) process.exitCode = 1;

/** Runs one compiler after the other, while there are any left. */
async function takeTurns() {
  for (let version = left.shift(); version !== undefined; version = left.shift()) {
    const { name, tried, failures } = await verdictOf(version);
    for (const failure of failures) console.log(`\n== ${failure}`);
    console.log(`${name}: ${tried} combinations, ${failures.length} failures`);
    totals.tried += tried;
    totals.failures += failures.length;
  }
}

function verdictOf(version) {
  const workerData = { folder, ambient: AMBIENT, version };
  const worker = new Worker(new URL("compiler.mjs", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
