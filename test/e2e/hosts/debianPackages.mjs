import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Unavailable } from "./unavailable.mjs";

/** Where a command is, or undefined. */
export function pathOf(command) {
  return process.env.PATH.split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path));
}

const tried = new Map();

/** Sees to it that the commands are there, by installing the packages where they are not. */
export function needCommands(commands, packages) {
  const missing = commands.find((command) => pathOf(command) === undefined);
  if (missing === undefined) return;
  const key = packages.join(" ");
  if (!tried.has(key)) tried.set(key, install(packages));
  const failure = tried.get(key) ?? (pathOf(missing) ? undefined : `${key} does not hold it`);
  if (failure) throw new Unavailable(`${missing} is missing: ${failure}`);
}

/** Why the packages could not be installed, or undefined. */
function install(packages) {
  if (pathOf("apt-get") === undefined) return "this system has no apt-get";
  const args = ["install", "-y", "--no-install-recommends", ...packages];
  console.log(`apt-get ${args.join(" ")}`);
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 26,
  };
  try {
    execFileSync("apt-get", ["update"], options);
    execFileSync("apt-get", args, options);
    return undefined;
  } catch (error) {
    return /^E: .*/m.exec(error.stderr)?.[0] ?? error.message;
  }
}
