// The options of linear layers that the functions of logits do not have.

import { readOutput } from "../arguments/arrays.js";
import { borrowed, checkIsPlain, type GivenOptions, type OptionName } from "../arguments/options.js";
import { readShape } from "../arguments/shape.js";
import { rangeError, show, showSizes, typeError } from "../errors.js";
import type { Form } from "../form.js";
import type { Memory } from "../memory/linearMemory.js";
import type { Placed } from "../memory/placed.js";
import type { Gradients } from "./run.js";
import type { Known, Problem } from "./layer.js";

export const LOSS_OPTIONS: readonly OptionName[] = [
  "shape",
  "reduction",
  "weight",
  "ignoreIndex",
  "labelSmoothing",
  "zLoss",
  "out",
];
export const GRAD_OPTIONS: readonly OptionName[] = [...LOSS_OPTIONS, "upstream", "accumulate", "gradX"];

const LOSS_NAMES = ["weight", "ignoreIndex", "labelSmoothing", "zLoss", "upstream"] as const;

/** Turns the options of a loss of N × D rows into those of a loss of N × C logits. */
export function ofLogits({ reduction, more }: GivenOptions, rows: number, classes: number): GivenOptions {
  const isPlain = more === null || LOSS_NAMES.every((name) => more[name] === undefined);
  return { shape: [rows, classes], out: undefined, reduction, temperature: undefined, more: isPlain ? null : more };
}

/** The sizes that a shape gives x. */
export function readSizesOfX(shape: unknown, { length, form }: Placed): Known {
  if (form !== null && typeof form === "object") {
    throw rangeError("ERR_SHAPE", `shape: expected none for x, an array of rows, got ${show(shape)}`);
  }
  const sizes = readShape("x", shape, length) as readonly number[];
  if (sizes.length !== 2) {
    throw rangeError("ERR_SHAPE", `shape: expected two sizes, rows and features, got ${showSizes(sizes)}`);
  }
  return { rows: sizes[0], features: sizes[1] };
}

export function readGradX(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value === "boolean") return value;
  throw typeError("ERR_OPTION", `gradX: expected true or false, got ${show(value)}`);
}

/** The caller's outputs for gradients: own properties, each read once. */
export interface GivenOutputs {
  readonly x: unknown;
  readonly weight: unknown;
  readonly bias: unknown;
}

export function readOutputs(out: unknown): GivenOutputs {
  const given = { x: undefined as unknown, weight: undefined as unknown, bias: undefined as unknown };
  if (out === undefined) return given;
  if (typeof out !== "object" || out === null || Array.isArray(out) || ArrayBuffer.isView(out)) {
    throw typeError("ERR_OUT", `out: expected an object with x, weight or bias, got ${show(out)}`);
  }
  checkIsPlain(out, [], "out");
  for (const name in out) {
    if (!Object.prototype.hasOwnProperty.call(out, name)) continue;
    const value = (out as Record<string, unknown>)[name];
    // By their names, as those of a layer.
    if (name === "x") given.x = outputOf(name, value);
    else if (name === "weight") given.weight = outputOf(name, value);
    else if (name === "bias") given.bias = outputOf(name, value);
    else throw typeError("ERR_OPTION", `out: expected only ${Object.keys(given).join(", ")}, got ${show(name)}`);
  }
  return given;
}

function outputOf(name: string, value: unknown): unknown {
  if (value === null) throw typeError("ERR_OUT", `out.${name}: expected an array or undefined, got null`);
  return borrowed(value) ?? value;
}

/** The outputs of gradients: given arrays, which are added to if that is asked for, or new arrays. */
export function placeGradients(
  memory: Memory,
  { x, weight, bias }: Problem,
  given: GivenOutputs,
  hasX: boolean,
  accumulate: boolean,
): Gradients {
  if (accumulate && Object.values(given).every((value) => value === undefined)) {
    throw rangeError("ERR_OPTION", "out: expected an array to accumulate in, got undefined");
  }
  const place = (name: string, out: unknown, { type, length, form }: Placed) => ({
    output: readOutput(memory, out, type, length, form, false, name),
    adds: accumulate && out !== undefined,
  });
  const refuse = (name: keyof GivenOutputs, why: string): null => {
    if (given[name] === undefined) return null;
    throw rangeError("ERR_OPTION", `out.${name}: expected none ${why}, got ${show(given[name])}`);
  };
  return {
    x: hasX ? place("out.x", given.x, x) : refuse("x", "with gradX: false"),
    weight: place("out.weight", given.weight, weight),
    bias: bias === null ? refuse("bias", "for a layer without bias") : place("out.bias", given.bias, bias),
  };
}

/** The form of the logits: that of x, but with rows of C numbers. */
export function formOfLogits(form: Form | null, classes: number): Form | null {
  return form !== null && typeof form === "object" ? { count: form.count, length: classes } : form;
}
