// The loss of softmax-wasm/tfjs in the real TensorFlow.js: installs it where it is not there, builds the library where it is
// not built, runs training.mjs and cost.mjs and checks types.ts. Without the registry it says so and leaves.

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
  console.log(`tfjs skipped: ${missing}, and test/e2e/tfjs/node_modules is not there`);
  process.exit(0);
}
node("scripts/setup.mjs");
node("--test-reporter=spec", "test/e2e/tfjs/training.mjs");
node("node_modules/typescript/bin/tsc", "-p", "test/e2e/tfjs");
console.log("the types accept TensorFlow.js's own: checked");
node("test/e2e/tfjs/cost.mjs");
