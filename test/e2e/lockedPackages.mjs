// Packages that tests compare with or run in, apart from the library's own: each folder of them has a package.json, a
// lock and an .npmrc, and they are installed when its tests run, without their scripts.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { npm } from "../../scripts/npm.mjs";

const ARGS = ["ci", "--include=dev", "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"];

const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E50[234])\b/;

/**
 * What the folder's package-lock.json names, installed unless it is. Where no registry can be reached, the reason; every
 * other failure is thrown.
 */
export function installLocked(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const stamp = join(folder, "node_modules", ".lock-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return undefined;
  console.log(`npm ${ARGS.join(" ")} (${relative(process.cwd(), folder)})`);
  try {
    npm(folder, ARGS, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`;
    const [code] = UNREACHABLE.exec(said) ?? [];
    if (code === undefined) throw new Error(said || error.message, { cause: error });
    return `the registry cannot be reached (${code})`;
  }
  writeFileSync(stamp, lock);
  return undefined;
}
