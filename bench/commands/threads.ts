// One thread against several: npm run bench -- threads. See ../README.md.

import { parseArgs } from "node:util";
import { instantiate, type WasmArray } from "softmax-wasm";
import { createPool, type Pool } from "softmax-wasm/threads";
import { checkAll } from "../competitors/check.js";
import type { AnyCompetitor } from "../competitors/competitor.js";
import type { Work } from "../competitors/competitors.js";
import { type Flags, flagsOf, OPTIONS } from "./flags.js";
import { type Problem, problemOf } from "../competitors/inputs.js";
import { median } from "../timing/median.js";
import { showSetting, writeJson } from "../report/report.js";
import { roundRobin, type Timing } from "../timing/roundRobin.js";
import { settingOf } from "../report/setting.js";

/** From where threads begin to pay up to a language model's vocabulary. */
const SHAPES = ["64x2000", "64x4000", "64x8000", "100000x10", "64x32000", "16x128256"];
const WORKS = ["softmax", "crossEntropyGrad"];
/** Arrays of `alloc`; ordinary ones, with `out` and without; and typed arrays on SharedArrayBuffers. */
const WAYS = ["resident", "copying", "fresh", "shared"] as const;
type Way = (typeof WAYS)[number];

type Array32 = Float32Array | WasmArray<Float32Array>;

/** The same calls to one thread and to several. */
interface Calls {
  readonly one: (from: Array32, out?: Array32) => { readonly loss: number; readonly made: Array32 };
  readonly several: (from: Array32, out?: Array32) => Promise<{ readonly loss: number; readonly made: Array32 }>;
}

const single = instantiate({ backend: "wasm" });

function callsOf(work: Work, { rows, cols, labels }: Problem, pool: Pool): Calls {
  const shape = [rows, cols];
  if (work === "softmax") {
    return {
      one: (from, out) => ({
        loss: 0,
        made: out ? single.softmax(from, { shape, out }) : single.softmax(from, { shape }),
      }),
      several: async (from, out) => ({
        loss: 0,
        made: await (out ? pool.softmax(from, { shape, out }) : pool.softmax(from, { shape })),
      }),
    };
  }
  return {
    one: (from, out) => {
      const { loss, grad } = out
        ? single.crossEntropyGrad(from, labels, { out })
        : single.crossEntropyGrad(from, labels);
      return { loss, made: grad };
    },
    several: async (from, out) => {
      const call = out ? pool.crossEntropyGrad(from, labels, { out }) : pool.crossEntropyGrad(from, labels);
      const { loss, grad } = await call;
      return { loss, made: grad };
    },
  };
}

function fieldOf(work: Work, problem: Problem, pool: Pool): { competitors: AnyCompetitor[]; free: () => void } {
  const { x } = problem;
  const { one, several } = callsOf(work, problem, pool);
  const competitors: AnyCompetitor[] = [];
  const residents: WasmArray[] = [];
  for (const way of WAYS) {
    const arrays = ([by, name]: [Pool | typeof single, string]) => {
      let last: Array32 = x;
      let from: Array32 = x;
      let out: Array32 | undefined = way === "copying" ? new Float32Array(x.length) : undefined;
      if (way === "shared") {
        const [a, b] = [sharedFloats(x.length), sharedFloats(x.length)];
        a.set(x);
        [from, out] = [a, b];
      }
      if (way === "resident") {
        const [a, b] = [by.alloc(Float32Array, x.length), by.alloc(Float32Array, x.length)];
        a.view.set(x);
        residents.push(a, b);
        [from, out] = [a, b];
      }
      const keep = ({ loss, made }: { readonly loss: number; readonly made: Array32 }) => {
        last = made;
        return loss;
      };
      const result = () => (last instanceof Float32Array ? last : last.view);
      return { name: `${name} ${way}`, from, out, keep, result };
    };
    const a = arrays([single, "one"]);
    competitors.push({ name: a.name, run: () => a.keep(one(a.from, a.out)), result: a.result });
    const b = arrays([pool, "several"]);
    competitors.push({ name: b.name, runAsync: async () => b.keep(await several(b.from, b.out)), result: b.result });
  }
  return { competitors, free: () => residents.forEach((array) => array.free()) };
}

const sharedFloats = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));

/** The ratio of the medians, and the lowest and the highest of a round's. */
function cell(timings: readonly Timing[], way: Way): string {
  const [one, several] = ["one", "several"].map((name) => timings.find((timing) => timing.name === `${name} ${way}`));
  if (one === undefined || several === undefined) return "";
  const ratios = one.rounds.map((time, round) => time / several.rounds[round]);
  const [low, middle, high] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((r) => r.toFixed(2));
  return `${middle}x  (${low}..${high})`;
}

const line = (first: string, cells: readonly string[]) =>
  (first.padEnd(11) + cells.map((text) => text.padStart(24)).join("")).trimEnd();

async function run(threads: number | undefined, { works, shapes, effort, json }: Flags): Promise<void> {
  const pool = await createPool({ threads });
  const setting = { ...settingOf(), pool: pool.backend() };
  console.log(showSetting(setting, effort));
  console.log(`${setting.pool.threads} threads${setting.pool.reason === undefined ? "" : `: ${setting.pool.reason}`}`);
  console.log("How many times as fast as one thread: the median of the rounds (lowest..highest)");
  const results: Record<string, object[]> = {};
  for (const work of works) {
    console.log(`\n${line(work, WAYS)}`);
    results[work] = [];
    for (const shape of shapes) {
      const problem = problemOf(shape);
      const { competitors, free } = fieldOf(work, problem, pool);
      await checkAll(work, problem, competitors);
      const timings = await roundRobin(competitors, problem.x.length, effort);
      free();
      console.log(
        line(
          shape,
          WAYS.map((way) => cell(timings, way)),
        ),
      );
      results[work].push({ shape, elements: problem.x.length, timings });
    }
  }
  await pool.terminate();
  writeJson(json, { setting, effort, unit: "ns a run", works: results });
  console.log(`\nEvery result was checked against the formula in f64. All figures: ${json}`);
}

export async function threads(args: readonly string[]): Promise<void> {
  const { quick, json } = OPTIONS;
  const options = {
    quick,
    json,
    shapes: { type: "string", default: SHAPES.join() },
    work: { type: "string", default: WORKS.join() },
    threads: { type: "string" },
  } as const;
  const { threads: count, ...values } = parseArgs({ args: [...args], options }).values;
  const flags = flagsOf(values, "latest-threads");
  if (flags.works.includes("softmaxF64")) throw new RangeError(`--work: expected ${WORKS.join(" or ")}`);
  await run(count === undefined ? undefined : Number(count), flags);
}
