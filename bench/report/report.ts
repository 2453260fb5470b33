// What is printed, in lines of at most 120 columns, and what is written.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { BASELINE, type Work } from "../competitors/competitors.js";
import type { Effort, Timing } from "../timing/roundRobin.js";
import type { Setting } from "./setting.js";

/** One shape's figures. */
export interface Row {
  readonly shape: string;
  readonly elements: number;
  readonly timings: readonly Timing[];
}

const TITLES: Readonly<Record<Work, string>> = {
  softmax: "softmax",
  crossEntropyGrad: "loss + gradient (mean)",
  softmaxF64: "softmax in f64",
};

export function showSetting(s: Setting, { rounds, sliceSeconds }: Effort): string {
  return [
    `${s.cpu}, ${s.cores} cores, ${s.memoryGiB} GiB, load ${s.load} at the start; ${s.date.slice(0, 16)}Z`,
    `Node ${s.node}, V8 ${s.v8}; softmax-wasm ${s.version} (${s.revision}), ${s.backend}`,
    `benchmark.js ${s.benchmarkJs}, ${rounds} rounds in turns, ${sliceSeconds * 1e3} ms a slice`,
  ].join("\n");
}

/** The heading of a table, of which `showRow` gives the lines. */
export function showHeader(work: Work, names: readonly string[]): string {
  return `\n${TITLES[work]}: ns per element, and how many times as fast as ${BASELINE}\n${line("", names)}`;
}

export function showRow({ shape, elements, timings }: Row): string {
  const naive = baselineOf(timings);
  return line(
    shape,
    timings.map(({ median }) => `${(median / elements).toFixed(2)} ${`${(naive / median).toFixed(1)}x`.padStart(6)}`),
  );
}

export function showSpreads(work: Work, rows: readonly Row[]): string {
  const names = rows[0].timings.map(({ name }) => name);
  const lines = rows.map(({ shape, elements, timings }) =>
    line(
      shape,
      timings.map(({ min, max }) => `${(min / elements).toFixed(2)}..${(max / elements).toFixed(2)}`),
    ),
  );
  return `\n${TITLES[work]}: the lowest and the highest round, ns per element\n${[line("", names), ...lines].join("\n")}`;
}

/** Whether the second timer says the same. */
export function showAgreement(rows: readonly Row[]): string {
  const gaps = rows.flatMap(({ shape, timings }) =>
    timings.map(({ name, median, loop }) => ({ gap: Math.abs(loop / median - 1), at: `${shape} ${name}` })),
  );
  gaps.sort((a, b) => b.gap - a.gap);
  const within = gaps.filter(({ gap }) => gap <= 0.05).length;
  const widest = `${(100 * gaps[0].gap).toFixed(0)} % (${gaps[0].at})`;
  return `benchmark.js's figures; a plain loop is within 5 % of ${within} of ${gaps.length}, and at most ${widest} off`;
}

function baselineOf(timings: readonly Timing[]): number {
  return timings.find(({ name }) => name === BASELINE)?.median ?? NaN;
}

function line(first: string, cells: readonly string[]): string {
  return first.padEnd(11) + cells.map((cell) => cell.padStart(15)).join("");
}

export function writeJson(path: string, content: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}
