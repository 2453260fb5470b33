// Mutation testing, outside of the other tests: `npm run test:mutation -- src [n [first]]`, and `… -- threads …` for
// src/threads/, by StrykerJS, of a lock of its own here; `… -- kernels [count [seed]]`, by kernels.ts.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { installLocked } from "../lockedPackages.mjs";
import { sampledLines } from "./sampledLines.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../../..");
const [what, ...args] = process.argv.slice(2);

/** What StrykerJS mutates without a sample. */
const WHOLE = {
  src: "src/**/*.ts,!src/backend/source/**,!src/threads/**,!src/**/*.d.ts",
  threads: "src/threads/**/*.ts",
};

function run(script, scriptArgs, variables = {}) {
  const env = { ...process.env, ...variables };
  const { status } = spawnSync(process.execPath, [script, ...scriptArgs], { cwd: root, stdio: "inherit", env });
  if (status !== 0) process.exitCode = 1;
}

if (what === undefined || what === "kernels") {
  // Not by tsx, which would take minutes over binaryen's megabytes.
  process.chdir(root);
  await build({
    entry: { kernels: "test/e2e/mutation/kernels.ts", tryMutant: "test/e2e/mutation/tryMutant.ts" },
    outDir: "build/mutation",
    format: "esm",
    platform: "node",
    config: false,
    dts: false,
    logLevel: "warn",
  });
  run(join(root, "build/mutation/kernels.mjs"), args);
}
for (const part of Object.keys(WHOLE).filter((name) => what === undefined || what === name)) {
  const missing = installLocked(here);
  if (missing === undefined) {
    run(
      join(here, "node_modules/@stryker-mutator/core/bin/stryker.js"),
      [
        "run",
        "test/e2e/mutation/stryker.config.mjs",
        "--mutate",
        args.length === 0
          ? WHOLE[part]
          : sampledLines(Number(args[0]), Number(args[1] ?? 1), part === "threads").join(),
      ],
      { MUTATED: part },
    );
  } else console.log(`mutation of ${part} skipped: ${missing}, and test/e2e/mutation/node_modules is not there`);
}
