// The package as it is published, under the linters of packages: publint and are-the-types-wrong.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { unpackLibrary } from "../packedLibrary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Runs a tool of this folder's. */
function run(script, args) {
  console.log(`\n== ${[script.split("/").at(-1), ...args.map((arg) => arg.split("/").at(-1))].join(" ")}`);
  const { status } = spawnSync(process.execPath, [join("node_modules", script), ...args], {
    cwd: here,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.exitCode = 1;
}

const missing = installLocked(here);
if (missing !== undefined) {
  console.log(`package skipped: ${missing}, and test/e2e/package/node_modules is not there`);
  process.exit(0);
}

const { folder, tarball } = unpackLibrary();
const packed = join(folder, tarball);
run("publint/src/cli.js", ["run", packed, "--strict"]);
// Not Node 10's resolution: it knows no subpaths, and no Node that the library runs on has it.
run("@arethetypeswrong/cli/dist/index.js", [packed, "--profile", "node16", "--exclude-entrypoints", "./core.wasm"]);
rmSync(folder, { recursive: true });
