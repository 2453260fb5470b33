import { readFloats } from "../arguments/arrays.js";
import { type Presence, readPresence } from "../arguments/mask.js";
import { readOptions, readTemperature } from "../arguments/options.js";
import { layoutIn, positionsOf, readSizes, type Layout } from "../arguments/shape.js";
import { argmax as js } from "../backend/js/argmax.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { type Call, newCall, newMore } from "../call.js";
import { rangeError } from "../errors.js";
import { answer } from "../execute.js";
import { isRows } from "../form.js";
import type { Placed } from "../memory/placed.js";
import type { RowOptions } from "./rows.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.argmax(call), js };

/** Options of argmax. */
export type ArgmaxOptions = Omit<RowOptions<undefined>, "out">;

const OPTIONS = ["shape", "axis", "temperature", "mask", "lengths"] as const;

export function callOf({ memory, defers }: Engine, x: unknown, options: unknown): Call {
  const given = readOptions(options, OPTIONS);
  const logits = readFloats(memory, "x", x);
  const sizes = readSizes("x", logits, given.shape);
  const layout = layoutIn(sizes, logits.length, given.more?.axis);
  // Dividing changes no order: a temperature is taken so that the options of softmax are.
  readTemperature(given.temperature);
  checkClasses("x", layout);
  const presence = readPresence(given.more, layout, sizes, defers ? null : memory);
  const isOne = given.shape === undefined && !isRows(logits.form);
  return argmaxCall(logits, layout, presence, isOne);
}

/** The call that gives the class of the largest of each position. */
export function argmaxCall(x: Placed, layout: Layout, presence: Presence, isOne: boolean): Call {
  const call = newCall(kernel, x, layout, 0);
  call.more = newMore(presence);
  const indices = new Int32Array(positionsOf(layout));
  call.more.selection = { indices, count: 1, k: 1, of: 0, topP: 1, minP: 0, names: null, rows: null, isOne };
  return call;
}

/** Refuses positions without a class to choose. */
export function checkClasses(name: string, layout: Layout): void {
  if (layout.cols === 0 && positionsOf(layout) > 0)
    throw rangeError("ERR_SHAPE", `${name}: expected one class or more, got 0`);
}

export const on = (engine: Engine) => (x: unknown, options?: unknown) => answer(engine, callOf(engine, x, options));
