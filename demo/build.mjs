import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Installs and builds what is missing, then bundles the page. Returns the folder to serve. */
export function buildDemo() {
  const run = (...args) => execFileSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  run("scripts/setup.mjs");
  run("node_modules/tsdown/dist/run.mjs", "--config", "demo/tsdown.config.ts");
  return fileURLToPath(new URL("dist", import.meta.url));
}
