// Along another axis against along the last: npm run bench -- axis. See ../README.md.

import { parseArgs } from "node:util";
import { type FloatArray, instantiate, type WasmArray } from "softmax-wasm";
import type { Competitor } from "../competitors/competitor.js";
import { OPTIONS } from "./flags.js";
import { problemOf } from "../competitors/inputs.js";
import { median } from "../timing/median.js";
import { showSetting } from "../report/report.js";
import { FULL, QUICK, roundRobin } from "../timing/roundRobin.js";
import { settingOf } from "../report/setting.js";

/** Positions of a sequence's or a picture's classes, which are on axis 1. */
const SHAPES = [
  [64, 1000, 49],
  [8, 21, 128, 128],
];
const WORKS = ["softmax", "crossEntropyGrad"] as const;
const WAYS = ["resident", "copying"] as const;

const wasm = instantiate({ backend: "wasm" });

const TYPES: readonly Type[] = [
  {
    name: "f32",
    create: (x) => Float32Array.from(x),
    alloc: (x) => allocated(wasm.alloc(Float32Array, x.length), x),
  },
  {
    name: "f64",
    create: (x) => Float64Array.from(x),
    alloc: (x) => allocated(wasm.alloc(Float64Array, x.length), x),
  },
];

interface Type {
  readonly name: string;
  readonly create: (x: FloatArray) => FloatArray;
  readonly alloc: (x: FloatArray) => WasmArray;
}

function allocated<A extends WasmArray>(array: A, x: FloatArray): A {
  array.view.set(x);
  return array;
}

/** The work on logits that lie along axis 1 of `shape`, from memory of its own to another. */
function competitor(
  work: (typeof WORKS)[number],
  name: string,
  shape: number[],
  [from, out]: readonly (FloatArray | WasmArray)[],
  labels: Int32Array,
): Competitor & { readonly free: () => void } {
  return {
    name,
    run: () => {
      if (work === "crossEntropyGrad") return wasm.crossEntropyGrad(from, labels, { shape, axis: 1, out }).loss;
      wasm.softmax(from, { shape, axis: 1, out });
      return 0;
    },
    result: () => (ArrayBuffer.isView(out) ? out : out.view),
    free: () => {
      for (const array of [from, out]) if (!ArrayBuffer.isView(array)) array.free();
    },
  };
}

/** Rows as the columns of each of `outer` matrices. */
function transposed(x: FloatArray, outer: number, cols: number, inner: number): FloatArray {
  const y = x.slice();
  for (let o = 0, at = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) for (let c = 0; c < cols; c++, at++) y[(o * cols + c) * inner + i] = x[at];
  return y;
}

const line = (cells: readonly string[]) =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(36) : cell.padStart(22))).join("");

export async function axis(args: readonly string[]): Promise<void> {
  const { quick } = parseArgs({ args: [...args], options: { quick: OPTIONS.quick } }).values;
  const effort = quick ? QUICK : FULL;
  console.log(showSetting(settingOf(), effort));
  console.log(
    "\nTime along axis 1 by that along the last, of the same rows: the median of the rounds (lowest..highest)",
  );
  console.log(line(["", ...WAYS]));
  for (const [outer, cols, ...rest] of SHAPES) {
    const shape = [outer, cols, ...rest];
    const inner = rest.reduce((product, size) => product * size, 1);
    const { x, labels } = problemOf(`${outer * inner}x${cols}`);
    for (const type of TYPES) {
      const rows = type.create(x);
      for (const work of WORKS) {
        const cells: string[] = [];
        for (const way of WAYS) {
          const make = way === "resident" ? type.alloc : type.create;
          const both = (from: FloatArray) => [make(from), make(from)];
          const last = competitor(work, "last axis", [outer * inner, cols], both(rows), labels);
          const other = competitor(work, "axis 1", shape, both(transposed(rows, outer, cols, inner)), labels);
          if (last.run() !== other.run()) throw new Error(`${work} ${shape.join()}: the losses differ`);
          const expected = transposed(last.result(), outer, cols, inner);
          if (!other.result().every((value, i) => value === expected[i]))
            throw new Error(`${work} ${shape.join()}: the bits differ`);
          const [a, b] = await roundRobin([last, other], x.length, effort);
          last.free();
          other.free();
          const ratios = b.rounds.map((time, round) => time / a.rounds[round]);
          const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
          cells.push(`${median(ratios).toFixed(2)} (${low}..${high})`);
        }
        console.log(line([`[${shape.join(", ")}] ${type.name} ${work}`, ...cells]));
      }
    }
  }
}
