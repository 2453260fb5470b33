// The package as it is published, under the linters of packages: publint, are-the-types-wrong, and size-limit, of which
// what is not imported has to stay out of a bundle.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { unpackLibrary } from "../runtimes/packedLibrary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Runs a tool of this folder's; its output where that is to be read. */
function run(script, args, stdout = "inherit") {
  console.log(`\n== ${[script.split("/").at(-1), ...args.map((arg) => arg.split("/").at(-1))].join(" ")}`);
  const stdio = ["ignore", stdout, "inherit"];
  const { status, stdout: text } = spawnSync(process.execPath, [join("node_modules", script), ...args], {
    cwd: here,
    encoding: "utf8",
    stdio,
  });
  if (status !== 0) process.exitCode = 1;
  return text;
}

const missing = installLocked(here);
if (missing !== undefined) {
  console.log(`package skipped: ${missing}, and test/package/node_modules is not there`);
  process.exit(0);
}

const { folder, tarball } = unpackLibrary();
const packed = join(folder, tarball);
run("publint/src/cli.js", ["run", packed, "--strict"]);
// Not Node 10's resolution: it knows no subpaths, and no Node that the library runs on has it.
run("@arethetypeswrong/cli/dist/index.js", [packed, "--profile", "node16", "--exclude-entrypoints", "./core.wasm"]);
rmSync(folder, { recursive: true });

const sizes = JSON.parse(run("size-limit/bin.js", ["--json"], "pipe"));
for (const { name, size, sizeLimit } of sizes) console.log(`${name}: ${size} bytes with gzip, ${sizeLimit} allowed`);
const sizeOf = (start) => sizes.find(({ name }) => name.startsWith(start)).size;
if (sizeOf("softmax alone") >= sizeOf("all of")) {
  console.log("a bundle of softmax alone has to be smaller than one of all");
  process.exitCode = 1;
}
