import { npm } from "../../../scripts/npm.mjs";

/** What a script of a folder's package.json prints. */
export function npmRun(folder, script) {
  return npm(folder, ["run", "--silent", script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
