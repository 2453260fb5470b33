import { npm } from "../../../scripts/npm.mjs";

/** Several times as long as the slowest takes on a busy machine: one that waits for ever is to fail, not to be waited for. */
const LIMIT_MS = 120_000;

/** What a script of a folder's package.json prints. */
export function npmRun(folder, script) {
  const stdio = ["ignore", "pipe", "pipe"];
  return npm(folder, ["run", "--silent", script], { encoding: "utf8", stdio, timeout: LIMIT_MS });
}
