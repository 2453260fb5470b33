import { checkAttached, readFloats } from "../arguments/arrays.js";
import { type Lengths, type Mask, readPresence } from "../arguments/mask.js";
import { readOptions } from "../arguments/options.js";
import {
  type Random,
  readMinP,
  readRandom,
  readTemperatureOrZero,
  readTopK,
  readTopP,
} from "../arguments/selection.js";
import { layoutIn, positionsOf, readSizes } from "../arguments/shape.js";
import { sample as js } from "../backend/js/sample.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, newCall, newMore, type Selection } from "../call.js";
import { answer, execute } from "../execute.js";
import { newFloats } from "../floatType.js";
import { formOfValues, isRows } from "../form.js";
import { newOutput } from "../memory/placed.js";
import { checkLargest, checkRows } from "../tokens.js";
import { argmaxCall } from "./argmax.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.sample(call), js };

/** Options of sample. */
export interface SampleOptions {
  /** Sizes of the logits, slowest first, the classes last; one row by default. */
  readonly shape?: readonly number[] | undefined;
  /** Divides the logits; a number ≥ 0, 1 by default. 0 takes the largest logit, and logProb is 0. */
  readonly temperature?: number | undefined;
  /** Keeps the k largest logits, of equal ones the lower classes; 0 (the default) keeps all, and so does C or more. */
  readonly topK?: number | undefined;
  /**
   * In (0, 1]: of the remaining classes, keeps the fewest, most probable first, whose probabilities add up to it or
   * more; 1, all, by default.
   */
  readonly topP?: number | undefined;
  /**
   * In [0, 1]: of the remaining classes, keeps those whose probability is at least `minP` times the largest; 0 by
   * default.
   */
  readonly minP?: number | undefined;
  /** Which elements are present: one value per logit, or one per class for every row. Absent classes are not read, and never drawn. */
  readonly mask?: Mask | undefined;
  /** How many leading classes of each row are present; instead of a mask. */
  readonly lengths?: Lengths | undefined;
  /**
   * Random numbers in [0, 1): a function that is called once per position, `Math.random` by default; or the numbers
   * themselves, one per position or one for all.
   */
  readonly random?: Random | undefined;
}

/** A class that was drawn. */
export interface Sample {
  /** Which class. */
  readonly token: number;
  /** The logarithm of its probability in the distribution that it was drawn from. */
  readonly logProb: number;
}

/** The classes that were drawn, one per row. */
export interface Samples<Values> {
  /** Which classes. */
  readonly tokens: Int32Array;
  /** The logarithms of their probabilities in the distributions that they were drawn from. */
  readonly logProbs: Values;
}

const OPTIONS = ["shape", "mask", "lengths", "random", "minP", "topP", "topK", "temperature"] as const;

export function callOf(engine: Engine, x: unknown, options: unknown): Call {
  const { memory } = engine;
  const given = readOptions(options, OPTIONS);
  const more = given.more;
  const logits = readFloats(memory, "logits", x);
  const { type, length, form } = logits;
  const sizes = readSizes("logits", logits, given.shape);
  const layout = layoutIn(sizes, logits.length, undefined);
  const positions = positionsOf(layout);
  const presence = readPresence(more, layout, sizes, null);
  const call = newCall(kernel, logits, layout, 0, readTemperatureOrZero(given.temperature));
  const isOne = given.shape === undefined && !isRows(form);
  call.more = newMore(presence);
  const topK = readTopK(more?.topK);
  const selection: Selection = {
    indices: new Int32Array(positions),
    count: 1,
    // More than all classes is all.
    k: topK < layout.cols ? topK : 0,
    of: 0,
    topP: readTopP(more?.topP),
    minP: readMinP(more?.minP),
    names: isOne ? ["logProb", "token"] : ["logProbs", "tokens"],
    rows: null,
    isOne,
  };
  call.more.selection = selection;
  // Before code of the caller draws.
  if (layout.cols === 0) checkLargest(call, selection.indices, memory);
  if (typeof more?.random === "function" && positions > 0) {
    // A pool computes later.
    if (engine.defers) checkRows(call, memory);
    else {
      const largest = argmaxCall(logits, layout, presence, false);
      execute(engine, largest);
      checkLargest(call, (largest.more?.selection as Selection).indices, memory);
    }
  }
  call.more.upstream = readRandom(more?.random, positions);
  checkAttached("logits", logits.array, length);
  call.values = newOutput(type, positions, newFloats("result", type, positions), isOne ? "number" : formOfValues(form));
  return call;
}

export const on = (engine: Engine) => (logits: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, options));
