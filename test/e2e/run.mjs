// Runs a suite of what installs packages or starts browsers: `node test/e2e/run.mjs suite [part] [arguments]`, by npm
// `npm run test:suite -- [part] [arguments]`. Without a part's name arguments go to the first part, and no arguments at all
// run every part but those that have to be asked for.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const SUITES = {
  package: {
    linters: ["test/e2e/package/run.mjs"],
    bundlers: ["test/e2e/bundlers/run.mjs"],
    next: ["test/e2e/next/run.mjs"],
    types: ["test/e2e/types/run.mjs"],
    projects: ["test/e2e/projects/run.mjs"],
  },
  peers: {
    differential: ["test/e2e/peers/run.mjs"],
    interop: ["test/e2e/interop/run.mjs"],
    tfjs: ["test/e2e/tfjs/run.mjs"],
  },
  examples: {
    examples: ["test/e2e/examples/run.mjs"],
    demo: ["test/e2e/demo/run.mjs"],
  },
  runtimes: {
    table: ["test/e2e/runtimes/run.mjs"],
    threads: ["test/e2e/threads/run.mjs"],
    relaxed: [
      "test/e2e/runtimes/withNode.mjs",
      ...["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.relaxed.config.ts"],
    ],
    browser: ["test/e2e/browser/run.mjs"],
  },
};

/** Parts that run only when they are asked for. */
const ASKED_FOR = new Set(["next", "threads", "relaxed", "browser"]);

const [name, ...args] = process.argv.slice(2);
const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
if (suite === undefined) throw new RangeError(`expected ${Object.keys(SUITES).join(", ")}, got ${name}`);
const parts = Object.keys(suite);

function run(part, rest) {
  const { status } = spawnSync(process.execPath, [...suite[part], ...rest], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}

if (parts.includes(args[0])) run(args[0], args.slice(1));
else if (args.length > 0) run(parts[0], args);
else for (const part of parts.filter((each) => !ASKED_FOR.has(each))) run(part, []);
