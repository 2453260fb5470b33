// Runs a script of this folder: installs the peers where they are not there, and builds the library where it is not
// built. Without the registry it says so and leaves, as far as the peers are not installed already.
//
//   node bench/peers/run.mjs main.mjs [flags]     the benchmark, see README.md; with --node=24 on another Node
//   node bench/peers/run.mjs plot/plot.mjs [json] its plots

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installLocked } from "../../test/e2e/lockedPackages.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const failure = installLocked(here);
if (failure) {
  console.log(`skipped: the peers cannot be had: ${failure}`);
} else {
  node("scripts/setup.mjs");
  // tsx reads the benchmark's own TypeScript, and resolves the gradients of TensorFlow.js.
  const [script, ...args] = process.argv.slice(2);
  const other = args.filter((arg) => arg.startsWith("--node="));
  const flags = args.filter((arg) => !other.includes(arg));
  const by = other.length > 0 ? ["test/e2e/runtimes/withNode.mjs", ...other] : [];
  node(...by, "--import", "tsx", `bench/peers/${script}`, ...flags);
}
