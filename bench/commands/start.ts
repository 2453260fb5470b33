// What a process pays before it has its first result: npm run bench -- start [revision]. See ../README.md.
//
// Every measurement is a process of its own, and the builds take turns.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { median } from "../timing/median.js";
import { OPTIONS } from "./flags.js";
import { buildOf } from "./otherBuild.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROCESSES = 21;

/** Milliseconds until it is imported, and from there to its first result. */
type Start = readonly [imported: number, called: number];

// Not by `performance`, which Node loads when it is first used: a library that uses it pays for that.
const timed = (load: string) => `
  const now = () => Number(process.hrtime.bigint()) / 1e6;
  const before = now();
  const { softmax } = ${load};
  const imported = now();
  softmax(Float32Array.of(1, 2, 3));
  console.log(JSON.stringify([imported - before, now() - imported]));`;

const WAYS = {
  import: (folder: string) => timed(`await import(${JSON.stringify(pathToFileURL(join(folder, "dist/index.js")))})`),
  require: (folder: string) => timed(`require(${JSON.stringify(join(folder, "dist/index.cjs"))})`),
};

function startOf(way: keyof typeof WAYS, folder: string): Start {
  const type = way === "import" ? "module" : "commonjs";
  const args = [`--input-type=${type}`, "--eval", WAYS[way](folder)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Start;
}

const line = (first: string, cells: readonly string[]) => first.padEnd(28) + cells.map((c) => c.padStart(12)).join("");

function measure(builds: Readonly<Record<string, string>>, processes: number): void {
  console.log(`Milliseconds, medians of ${processes} processes, Node ${process.versions.node}`);
  console.log(line("", ["import", "first call", "both"]));
  for (const way of Object.keys(WAYS) as (keyof typeof WAYS)[]) {
    const starts = Object.entries(builds).map(([name, folder]) => ({ name, folder, taken: [] as Start[] }));
    for (let turn = 0; turn < processes; turn++) {
      for (const { folder, taken } of starts) taken.push(startOf(way, folder));
    }
    for (const { name, taken } of starts) {
      const columns = [taken.map(([a]) => a), taken.map(([, b]) => b), taken.map(([a, b]) => a + b)];
      const cells = columns.map((column) => median(column).toFixed(2));
      console.log(line(`${way}, ${name}`, cells));
    }
  }
}

/** A folder whose entries do nothing: what Node itself takes to load one and to call it. */
function emptyBuild(): string {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-empty-"));
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "dist/index.js"), "export const softmax = () => {};");
  writeFileSync(join(folder, "dist/index.cjs"), "exports.softmax = () => {};");
  return folder;
}

export async function start(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { quick: OPTIONS.quick },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new RangeError("expected one revision or none: npm run bench -- start HEAD~1");
  const processes = values.quick ? 1 : PROCESSES;
  const empty = emptyBuild();
  const other = positionals.length === 0 ? undefined : await buildOf(positionals[0]);
  const builds: Record<string, string> = { "nothing at all": empty };
  if (other !== undefined) builds[other.title.split(" ")[0]] = other.folder;
  try {
    measure({ ...builds, "this build": ROOT }, processes);
  } finally {
    other?.remove();
    rmSync(empty, { recursive: true });
  }
}
