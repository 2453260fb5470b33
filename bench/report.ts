import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname } from "node:path";
import { backend } from "softmax-wasm";
import { BASELINE, type Work } from "./competitors.js";
import type { Timing } from "./roundRobin.js";

/** Where and with what. */
export interface Setting {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly v8: string;
  readonly version: string;
  readonly revision: string;
  readonly backend: string;
}

export function settingOf(): Setting {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0].model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.versions.node,
    v8: process.versions.v8,
    version,
    revision: revision(),
    backend: `${backend().kind} ${backend().variant}`,
  };
}

function revision(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

export function showSetting(setting: Setting): string {
  const { machine, node, v8, version, revision, backend, date } = setting;
  return `${machine}\nNode ${node}, V8 ${v8}, softmax-wasm ${version} (${revision}, ${backend}), ${date}`;
}

/** One shape's figures. */
export interface Row {
  readonly shape: string;
  readonly elements: number;
  readonly timings: readonly Timing[];
}

const TITLES = { softmax: "softmax", crossEntropyGrad: "loss + gradient", softmaxF64: "softmax in f64" };

export function header(work: Work, names: readonly string[]): string {
  return `\n${TITLES[work]}: ns an element, and how many times as fast as ${BASELINE}\n${line("", names)}`;
}

export function showRow({ shape, elements, timings }: Row): string {
  const naive = timings.find(({ name }) => name === BASELINE)?.median ?? NaN;
  return line(
    shape,
    timings.map(({ median }) => `${(median / elements).toFixed(2)} ${`${(naive / median).toFixed(1)}x`.padStart(6)}`),
  );
}

function line(first: string, cells: readonly string[]): string {
  return first.padEnd(11) + cells.map((cell) => cell.padStart(16)).join("");
}

export function writeJson(path: string, setting: Setting, works: Readonly<Record<string, readonly Row[]>>): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ setting, unit: "ns a run", works }, null, 2)}\n`);
}
