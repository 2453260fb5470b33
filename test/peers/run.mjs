// The differential tests: installs what they compare with where it is not there, builds the library where it is not
// built, and runs. Without the registry it says so and leaves, as far as the peers are not installed already.
//
//   node test/peers/run.mjs [--strict]      --strict: what the library refuses fails, too

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Installs the locked peers, unless the lock's stamp says that they are there; an error's text where that fails. */
function install() {
  const stamp = `${here}node_modules/.lock-stamp`;
  const lock = createHash("sha256")
    .update(readFileSync(`${here}package-lock.json`))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return undefined;
  const args = ["ci", "--include=dev", "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"];
  console.log(`npm ${args.join(" ")} (test/peers)`);
  const npm = process.env.npm_execpath;
  const [command, all] = npm ? [process.execPath, [npm, ...args]] : ["npm", args];
  const shell = !npm && process.platform === "win32";
  const { status, stdout, stderr } = spawnSync(command, all, { cwd: here, encoding: "utf8", shell });
  if (status !== 0) return `${stdout}${stderr}`;
  writeFileSync(stamp, lock);
  return undefined;
}

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const refused = install();
if (refused !== undefined) {
  const unreachable =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E50[234])\b/;
  const [code] = unreachable.exec(refused) ?? [];
  if (code === undefined) {
    console.error(refused);
    process.exit(1);
  }
  console.log(`peers skipped: the registry cannot be reached (${code}), and test/peers/node_modules is not there`);
  process.exit(0);
}
node("scripts/setup.mjs");
// tsx reads the tests' own TypeScript, and resolves the gradients of TensorFlow.js.
node("--import", "tsx", "--test-reporter=spec", "test/peers/differential.mjs", ...process.argv.slice(2));
