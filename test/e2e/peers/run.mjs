// The differential tests: installs what they compare with where it is not there, builds the library where it is not
// built, and runs. Without the registry it says so and leaves, as far as the peers are not installed already.

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
  console.log(`peers skipped: ${missing}, and test/e2e/peers/node_modules is not there`);
  process.exit(0);
}
node("scripts/setup.mjs");
// tsx reads the tests' own TypeScript, and resolves the gradients of TensorFlow.js.
node("--import", "tsx", "--test-reporter=spec", "test/e2e/peers/differential.mjs");
