// Tensors of the real libraries through softmax-wasm/interop: installs them where they are not there, builds the library
// where it is not built, runs tensors.mjs and checks types.ts. Without the registry it says so and leaves.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const missing = installLocked(here);
if (missing !== undefined) {
  console.log(`interop skipped: ${missing}, and test/e2e/interop/node_modules is not there`);
  process.exit(0);
}
node("scripts/setup.mjs");
node("--test-reporter=spec", "test/e2e/interop/tensors.mjs");
node("node_modules/typescript/bin/tsc", "-p", "test/e2e/interop");
console.log("the types accept the libraries' own: checked");
