import { execFileSync } from "node:child_process";

/** Runs npm in a folder: the one that runs this script, where one does. */
export function npm(folder, args, options) {
  const path = process.env.npm_execpath;
  if (path) return execFileSync(process.execPath, [path, ...args], { cwd: folder, ...options });
  // On Windows it is a file for the shell.
  return execFileSync("npm", args, { cwd: folder, shell: process.platform === "win32", ...options });
}
