// Runs a script with a newer Node than the one that runs this: `node test/e2e/runtimes/withNode.mjs script arguments`. The
// newest that this folder's packages bring, or with `--node=22` another of them. For what Node 20 has not: relaxed SIMD
// (22), Float16Array (24). Where the packages cannot be had, by this Node if it is one of 22 or later; a line says so.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { NODES, packagedBinary, versionOf } from "./commandLine.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";

const FLAG = "--node=";

const FIRST = 22;

installLocked(fileURLToPath(new URL(".", import.meta.url)));
const args = process.argv.slice(2);
const asked = args.find((arg) => arg.startsWith(FLAG))?.slice(FLAG.length);
const node = binaryOf(asked ?? NODES.at(-1));
if (node !== undefined) {
  console.log(`by Node ${await versionOf(node)}`);
  const rest = args.filter((arg) => !arg.startsWith(FLAG));
  process.exitCode = spawnSync(node, rest, { stdio: "inherit" }).status ?? 1;
}

function binaryOf(major) {
  try {
    return packagedBinary(`node${major}/bin/node`);
  } catch (error) {
    if (!(error instanceof Unavailable) || asked !== undefined) throw error;
    if (Number.parseInt(process.versions.node, 10) >= FIRST) return process.execPath;
    console.log(`skipped: it needs Node ${FIRST} or later, and ${error.message}`);
    return undefined;
  }
}
