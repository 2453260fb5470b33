// Two classes against the loops that people write: npm run bench -- binary. See ../README.md.

import { parseArgs } from "node:util";
import { alloc, binaryCrossEntropy, binaryCrossEntropyGrad, sigmoid } from "softmax-wasm";
import type { Competitor } from "../competitors/competitor.js";
import type * as HandWritten from "../competitors/handWritten.js";
import { problemOf } from "../competitors/inputs.js";
import { showSetting } from "../report/report.js";
import { settingOf } from "../report/setting.js";
import { median } from "../timing/median.js";
import { type Effort, FULL, QUICK, roundRobin } from "../timing/roundRobin.js";
import { OPTIONS } from "./flags.js";

const SIZES = [100, 10_000];

interface Kind {
  readonly name: string;
  readonly Type: typeof Float32Array | typeof Float64Array;
  readonly isPlain?: boolean;
  /** Of the largest element. */
  readonly tolerance: number;
}

const KINDS: readonly Kind[] = [
  { name: "f32", Type: Float32Array, tolerance: 1e-5 },
  { name: "f64", Type: Float64Array, tolerance: 1e-12 },
  { name: "numbers", Type: Float64Array, isPlain: true, tolerance: 1e-12 },
];

/** A copy of the loops for each kind: those that have seen several kinds of arrays are slower. */
const loopsFor = async ({ name }: Kind) =>
  (await import(new URL(`../competitors/handWritten.js?${name}`, import.meta.url).href)) as typeof HandWritten;

const TARGETS: Readonly<Record<string, (i: number) => number>> = {
  "0 and 1": (i) => Number((i * 7) % 11 < 5),
  "in [0, 1]": (i) => ((i * 7) % 11) / 10,
};

/** A loss, an array, or both. */
type Result = number | ArrayLike<number> | { readonly loss: number; readonly grad: ArrayLike<number> };
/** The first is the loop. */
type Runs = Readonly<Record<string, () => Result>>;

const COLUMNS = ["fresh", "into out", "resident"] as const;

/** The arrays of a result, the loss as one of its own. */
function arraysOf(result: Result): ArrayLike<number>[] {
  if (typeof result === "number") return [[result]];
  return "grad" in result ? [[result.loss], result.grad] : [result];
}

/** Of which a run cannot be dropped. */
function numberOf(result: Result): number {
  if (typeof result === "number") return result;
  return "grad" in result ? result.loss + result.grad[0] : result[0];
}

/** Holds each against the loop, and then times them in turns: how many times as fast as the loop. */
async function race(runs: Runs, { tolerance }: Kind, elements: number, effort: Effort): Promise<string[]> {
  const expected = arraysOf(runs.loop()).map((array) => Float64Array.from(array));
  const competitors = Object.entries(runs).map(([name, run]): Competitor => {
    for (const [n, array] of arraysOf(run()).entries()) {
      const limit = tolerance * expected[n].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = expected[n].findIndex((value, i) => !(Math.abs(array[i] - value) <= limit));
      if (off >= 0) throw new Error(`${name}: element ${off} is another: ${array[off]}, not ${expected[n][off]}`);
    }
    return { name, run: () => numberOf(run()), result: () => Float64Array.of(numberOf(run())) };
  });
  const [loop, ...others] = await roundRobin(competitors, elements, effort);
  const ratios = new Map(
    others.map(({ name, rounds }) => [name, median(rounds.map((time, round) => loop.rounds[round] / time))]),
  );
  return [
    `${(loop.median / elements).toFixed(1)} ns`,
    ...COLUMNS.map((column) => (ratios.has(column) ? (ratios.get(column) as number).toFixed(2) : "")),
  ];
}

const print = (cells: readonly string[]) =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(40) : cell.padStart(12))).join(""));

export async function binary(args: readonly string[]): Promise<void> {
  const { quick } = parseArgs({ args: [...args], options: { quick: OPTIONS.quick } }).values;
  const effort = quick ? QUICK : FULL;
  console.log(showSetting(settingOf(), effort));
  console.log(
    "\nNanoseconds an element of a loop with Math.exp and Math.log1p, and how many times as fast the library is",
  );
  print(["", "loop", ...COLUMNS]);
  for (const kind of KINDS) {
    const { loopSigmoid, loopBinaryCrossEntropy, loopBinaryCrossEntropyGrad } = await loopsFor(kind);
    for (const length of SIZES) {
      const typed = kind.Type.from(problemOf(`1x${length}`).x);
      const place = (array: typeof typed) => {
        const resident = alloc(kind.Type as typeof Float32Array, length);
        resident.view.set(array);
        return resident;
      };
      const [x, out] = [typed, typed.slice()].map((array) => (kind.isPlain ? Array.from(array) : array)) as never[];
      const [residentX, residentOut] = [place(typed), place(typed)];
      const show = async (name: string, runs: Runs) =>
        print([`${kind.name}, ${length}: ${name}`, ...(await race(runs, kind, length, effort))]);
      // Plain numbers come back in a new array.
      const typedAlone = (runs: Runs): Runs => (kind.isPlain ? {} : runs);

      await show("sigmoid", {
        loop: () => loopSigmoid(x),
        fresh: () => sigmoid(x),
        ...typedAlone({
          "into out": () => sigmoid(x, { out }),
          resident: () => sigmoid(residentX, { out: residentOut }).view,
        }),
      });
      for (const [name, targetOf] of Object.entries(TARGETS)) {
        const values = typed.map((_, i) => targetOf(i));
        const targets = (kind.isPlain ? Array.from(values) : values) as never;
        const residentTargets = place(values);
        await show(`loss, ${name}`, {
          loop: () => loopBinaryCrossEntropy(x, targets),
          fresh: () => binaryCrossEntropy(x, targets),
          ...typedAlone({ resident: () => binaryCrossEntropy(residentX, residentTargets) }),
        });
        await show(`loss and gradient, ${name}`, {
          loop: () => loopBinaryCrossEntropyGrad(x, targets),
          fresh: () => binaryCrossEntropyGrad(x, targets),
          ...typedAlone({
            "into out": () => binaryCrossEntropyGrad(x, targets, { out }),
            resident: () => {
              const { loss, grad } = binaryCrossEntropyGrad(residentX, residentTargets, { out: residentOut });
              return { loss, grad: grad.view };
            },
          }),
        });
        residentTargets.free();
      }
      residentX.free();
      residentOut.free();
    }
  }
}
