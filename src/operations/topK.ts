import { readFloats, type Rows } from "../arguments/arrays.js";
import { readPresence } from "../arguments/mask.js";
import { readOptions, readTemperature } from "../arguments/options.js";
import { type Of, readK, readOf } from "../arguments/selection.js";
import { layoutIn, positionsOf, readSizes, type Layout } from "../arguments/shape.js";
import { topK as js } from "../backend/js/topK.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, newCall, newMore } from "../call.js";
import { answer } from "../execute.js";
import { type Form, isRows } from "../form.js";
import { newFloats } from "../floatType.js";
import { newOutput } from "../memory/placed.js";
import { checkClasses } from "./argmax.js";
import type { RowOptions } from "./rows.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.topK(call), js };

/** Options of topK. */
export interface TopKOptions extends Omit<RowOptions<undefined>, "out"> {
  /** How many classes of each row, an integer in [1, C]. */
  readonly k: number;
  /** Which values are returned: `"probability"` (the default), `"logProbability"` or `"logit"`. */
  readonly of?: Of | undefined;
}

/** The classes that topK returns, and their values. */
export interface TopK<Values, Indices = Int32Array> {
  /** The values that `of` asks for. */
  readonly values: Values;
  /** Which classes. */
  readonly indices: Indices;
}

/** The type of the classes that go with values like x: rows for rows. */
export type IndicesOf<X> = X extends readonly number[] ? Int32Array : X extends Rows ? number[][] : Int32Array;

const OPTIONS = ["shape", "axis", "temperature", "mask", "lengths", "k", "of"] as const;

export function callOf({ memory, defers }: Engine, x: unknown, options: unknown): Call {
  const given = readOptions(options, OPTIONS);
  const logits = readFloats(memory, "x", x);
  const { type, form } = logits;
  const sizes = readSizes("x", logits, given.shape);
  const layout = layoutIn(sizes, logits.length, given.more?.axis);
  const temperature = readTemperature(given.temperature);
  const of = readOf(given.more?.of);
  checkClasses("x", layout);
  const k = readK(given.more?.k, layout.cols);
  const call = newCall(kernel, logits, layout, 0, temperature);
  const more = newMore(readPresence(given.more, layout, sizes, defers ? null : memory));
  const count = positionsOf(layout) * k;
  call.values = newOutput(type, count, newFloats("result", type, count), formOf(form, layout, k));
  const indices = new Int32Array(count);
  more.selection = {
    indices,
    count: k,
    k,
    of,
    topP: 1,
    minP: 0,
    names: ["values", "indices"],
    rows: formOf(form, layout, k),
    isOne: false,
  };
  call.more = more;
  return call;
}

/** Rows of k classes for rows, or k rows along their other axis. */
function formOf(form: Form | null, { cols, inner }: Layout, k: number): Form | null {
  if (!isRows(form)) return form;
  return inner === 1 && form.length === cols ? { count: form.count, length: k } : { count: k, length: form.length };
}

export const on = (engine: Engine) => (x: unknown, options?: unknown) => answer(engine, callOf(engine, x, options));
