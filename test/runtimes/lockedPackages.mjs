import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Runs npm, the one that runs this script where one does. What it says is the error's message where it fails. */
export function npm(folder, ...args) {
  const path = process.env.npm_execpath;
  const [command, first] = path ? [process.execPath, [path]] : ["npm", []];
  return execFileSync(command, [...first, ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What the folder's package-lock.json names, installed unless it is: why it is not, or undefined. */
export function installLocked(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const stamp = join(folder, "node_modules", ".lock-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return undefined;
  console.log("npm ci --ignore-scripts");
  try {
    npm(folder, "ci", "--ignore-scripts");
  } catch (error) {
    const why = /npm error .*/.exec(error.stderr)?.[0] ?? error.message;
    console.log(`npm ci failed: ${why}`);
    return why;
  }
  writeFileSync(stamp, lock);
  return undefined;
}
