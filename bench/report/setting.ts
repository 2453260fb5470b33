import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { backend } from "softmax-wasm";
import { BenchmarkJs } from "../timing/timers.js";

/** Where, when and with what the figures were taken. */
export interface Setting {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Running processes over the minute before: above one, somebody else is at work. */
  readonly load: number;
  readonly node: string;
  readonly v8: string;
  readonly benchmarkJs: string;
  readonly version: string;
  /** The commit; with "+changes" where files are not as it has them. */
  readonly revision: string;
  readonly backend: string;
}

const ROOT = new URL("../..", import.meta.url);

export function settingOf(): Setting {
  const { version } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as { version: string };
  const { kind, variant } = backend();
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0].model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round(loadavg()[0] * 10) / 10,
    node: process.versions.node,
    v8: process.versions.v8,
    benchmarkJs: BenchmarkJs.version,
    version,
    revision: revision(),
    backend: `${kind} ${variant}`,
  };
}

function revision(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty=+changes"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "no git";
  }
}
