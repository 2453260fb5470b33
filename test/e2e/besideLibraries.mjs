// Tests that compare with other libraries: what all of them do first.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installLocked } from "./lockedPackages.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Installs the libraries of test/e2e/NAME where they are not there, and builds this one where it is not built. Without the
 * registry it says so and leaves.
 */
export function readyBeside(name) {
  const missing = installLocked(fileURLToPath(new URL(name, import.meta.url)));
  if (missing !== undefined) {
    console.log(`${name} skipped: ${missing}, and test/e2e/${name}/node_modules is not there`);
    process.exit(0);
  }
  runNode("scripts/setup.mjs");
}

/** Runs Node in the project's folder, and leaves as it leaves where it fails. */
export function runNode(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
