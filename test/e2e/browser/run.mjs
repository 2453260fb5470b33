// The library's own tests in Debian's Chromium and Firefox, by vitest's browser mode. `node test/e2e/browser/run.mjs --browser
// firefox edgeCases` runs those whose names hold a word in one of them.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { BROWSERS } from "../hosts/debianBrowsers.mjs";
import { needCommands } from "../hosts/debianPackages.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { nodeTests } from "./portableTests.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

function node(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

/** Whether there is a browser; a line for one that is not to be had. */
function canRun({ runtime, command }) {
  try {
    needCommands([command], [command]);
    return true;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`${runtime} skipped: ${error.message}`);
    return false;
  }
}

const missing = installLocked(here);
if (missing) {
  console.log(`skipped: vitest's browser mode cannot be had: ${missing}`);
} else if (BROWSERS.filter(canRun).length > 0) {
  for (const { file, needsNode } of nodeTests()) {
    console.log(`not in browsers: ${file}${file === needsNode ? "" : `, by ${needsNode}`}, which needs Node`);
  }
  process.exitCode =
    node("scripts/setup.mjs") ||
    node(
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      "test/e2e/browser/vitest.config.mjs",
      ...process.argv.slice(2),
    );
}
