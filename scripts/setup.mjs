// What a fresh clone needs before anything runs: the locked dependencies, and the build where it is not of these
// sources. `npm start` and `npm test` call it themselves; it needs nothing but Node and npm.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** Every file below the given ones, in order. */
const filesOf = (paths) =>
  paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? filesOf(
          readdirSync(path)
            .sort()
            .map((name) => join(path, name)),
        )
      : [path],
  );

const hashOf = (paths) => {
  const hash = createHash("sha256");
  for (const file of filesOf(paths)) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest("hex");
};

/** Runs a step unless its stamp says that it ran on the same inputs, and leaves the stamp. */
const step = (stamp, inputs, run) => {
  const hash = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  run();
  writeFileSync(stamp, hash);
};

step("node_modules/.lock-stamp", ["package-lock.json"], () => {
  const args = ["ci", "--include=dev", "--ignore-scripts"];
  console.log(`npm ${args.join(" ")}`);
  npm(".", args, { stdio: "inherit" });
});

const scripts = ["build", "optimize", "patch", "subpaths"].map((name) => `scripts/${name}.mjs`);
const configs = ["asconfig.json", "tsconfig.json", "tsdown.config.ts", "tsdown.workers.config.ts"];
const sources = ["assembly", "src", "package.json", ...scripts, ...configs];
step("dist/.build-stamp", [...sources, "package-lock.json"], () => {
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
});
