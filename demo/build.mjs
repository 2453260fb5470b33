import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeDigits } from "./mnist.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Installs and builds what is missing, then bundles the page and writes its digits. Returns the folder to serve. */
export function buildDemo() {
  const run = (...args) => execFileSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  run("scripts/setup.mjs");
  run("node_modules/tsdown/dist/run.mjs", "--config", "demo/tsdown.config.ts");
  const folder = fileURLToPath(new URL("dist", import.meta.url));
  writeDigits(join(folder, "digits"));
  return folder;
}
