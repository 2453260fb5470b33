// The package in projects as people start them, with tools that do not read `exports` or that watch objects: Vue, Jest with
// jsdom and ts-jest, Parcel. Without the registry it says so and leaves.

import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { unpackLibrary } from "../packedLibrary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const missing = installLocked(here);
if (missing !== undefined) {
  console.log(`projects skipped: ${missing}, and test/e2e/projects/node_modules is not there`);
  process.exit(0);
}

// A copy and no link, which bundlers would follow out of the project.
const { folder } = unpackLibrary();
const installed = join(here, "node_modules", "softmax-wasm");
rmSync(installed, { recursive: true, force: true });
cpSync(join(folder, "node_modules", "softmax-wasm"), installed, { recursive: true });
const output = join(folder, "parcel");

function node(...args) {
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: here,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${args.join(" ")}: status ${status}\n${stdout}`);
  return stdout.trim();
}

const PROJECTS = {
  vue: () => node("vue/reactive.mjs"),
  jest: () => {
    node("node_modules/jest/bin/jest.js", "--config", "jest/jest.config.cjs", "--no-cache");
    return "jest with jsdom and ts-jest: every entry found, typed, and the same";
  },
  parcel: () => {
    const options = ["--no-cache", "--no-source-maps", "--dist-dir", output];
    node("node_modules/parcel/lib/bin.js", "build", "parcel/entry.mjs", ...options);
    const [script] = readdirSync(output).filter((name) => name.endsWith("js"));
    const said = node(join(output, script));
    if (said !== JSON.stringify(Array(5).fill("0.6590"))) throw new Error(`parcel: ${said}`);
    return "parcel: every entry found, and the same";
  },
};

const only = process.argv.slice(2);
for (const [name, run] of Object.entries(PROJECTS)) {
  if (only.length > 0 && !only.includes(name)) continue;
  try {
    console.log(run());
  } catch (error) {
    console.log(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
rmSync(folder, { recursive: true });
