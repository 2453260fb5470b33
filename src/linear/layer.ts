// The arguments of a linear layer: x and the layer, whose arrays are of one type, and the sizes that their lengths agree on.

import { apartFrom, checkAttached, overlapError, readFloats, typedFrom } from "../arguments/arrays.js";
import { checkIsPlain } from "../arguments/options.js";
import { rangeError, show, typeError } from "../errors.js";
import { isRows } from "../form.js";
import type { Memory } from "../memory/linearMemory.js";
import { elementsOf, isOneMemory, overlap, type Output, type Placed } from "../memory/placed.js";
import { bufferOf, isShared } from "../typedArray.js";
import type { Sizes } from "./sizes.js";

/** What a caller gave as a layer. Each property is read once. */
export interface GivenLayer {
  readonly weight: unknown;
  readonly bias: unknown;
  readonly classes: unknown;
}

/** The arrays of a call, and its sizes. */
export interface Problem extends Sizes {
  readonly x: Placed;
  readonly weight: Placed;
  readonly bias: Placed | null;
}

export function readLayer(layer: unknown): GivenLayer {
  if (typeof layer !== "object" || layer === null || Array.isArray(layer)) {
    throw typeError("ERR_OPTION", `layer: expected an object with weight and, if any, bias, got ${show(layer)}`);
  }
  checkIsPlain(layer, [], "layer");
  const given = { weight: undefined as unknown, bias: undefined as unknown, classes: undefined as unknown };
  for (const name in layer) {
    if (!Object.prototype.hasOwnProperty.call(layer, name)) continue;
    const value = (layer as Record<string, unknown>)[name];
    // By their names: to store a property that is not known before costs as much as three elements.
    if (name === "weight") given.weight = value;
    else if (name === "bias") given.bias = value;
    else if (name === "classes") given.classes = value;
    else throw typeError("ERR_OPTION", `layer: expected only ${Object.keys(given).join(", ")}, got ${show(name)}`);
  }
  return given;
}

/** What is known about rows and features besides the lengths of the arrays: from the targets or a shape. */
export interface Known {
  readonly rows?: number | undefined;
  readonly features?: number | undefined;
}

export function readProblem(memory: Memory, x: unknown, layer: GivenLayer, known: (x: Placed) => Known): Problem {
  const read = readMatrix(memory, "x", x);
  const weight = readLike(memory, "layer.weight", layer.weight, read);
  const bias = layer.bias === undefined ? null : readLike(memory, "layer.bias", layer.bias, read);
  if (bias !== null && isRows(bias.form)) {
    throw typeError("ERR_DTYPE", `layer.bias: expected numbers, got rows of them`);
  }
  return { x: read, weight, bias, ...sizesOf(read, weight, bias, layer.classes, known(read)) };
}

function readMatrix(memory: Memory, name: string, value: unknown): Placed {
  const read = readFloats(memory, name, value);
  if (read.type.kernel === read.type) return read;
  /* v8 ignore start -- @preserve: engines with Float16Array, `npm run test:relaxed` on Node 26 */
  const message = `${name}: expected a Float32Array or a Float64Array, got ${show(value)}`;
  throw typeError("ERR_DTYPE", `${message}; Float32Array.from(${name}) converts it`);
}
/* v8 ignore stop -- @preserve */

/** An array of the type of x. */
function readLike(memory: Memory, name: string, value: unknown, { type, form }: Placed): Placed {
  const read = readMatrix(memory, name, value);
  if (read.type === type) return read;
  const message = (expected: string) => `${name}: expected ${expected}, like x, got ${show(value)}`;
  if (form !== null) {
    throw typeError("ERR_DTYPE", `${message("plain numbers")}; ${typedFrom(read.type, "x", form)} makes x one too`);
  }
  const conversion = read.form === null ? "" : `; ${typedFrom(type, name, read.form)} rounds it`;
  throw typeError("ERR_DTYPE", `${message(`a ${type.name}`)}${conversion}`);
}

/**
 * N, D and C. If the layer determines C, by its bias, its rows or `classes`, then D = weight.length / C. Otherwise D
 * follows from x: from its rows, from what is known about them, or as one row.
 */
function sizesOf(x: Placed, weight: Placed, bias: Placed | null, given: unknown, known: Known): Sizes {
  const rowsOfX = isRows(x.form) ? x.form : null;
  const ofWeight = isRows(weight.form) ? weight.form : null;
  const classes = readClasses(given, ofWeight?.count ?? bias?.length);
  if (bias !== null && classes !== undefined && bias.length !== classes) {
    throw rangeError("ERR_SHAPE", `layer.bias: expected length ${classes}, one per class, got ${bias.length}`);
  }
  let features = ofWeight?.length ?? known.features ?? rowsOfX?.length;
  const rows = known.rows ?? rowsOfX?.count;
  if (features === undefined && classes !== undefined) {
    features = quotient("layer.weight", weight.length, "the number of classes", classes);
  }
  // If x has no rows, it does not say how long they would be.
  if (features === undefined && rows === 0 && x.length === 0) {
    throw rangeError(
      "ERR_SHAPE",
      "layer: expected bias, classes or rows of weight, which say how many classes there are, got none",
    );
  }
  features ??= quotient("x", x.length, "the number of rows", rows ?? 1);
  if (features === 0) throw rangeError("ERR_SHAPE", "layer.weight: expected one feature or more, got none");
  const sizes = {
    rows: rows ?? quotient("x", x.length, "the number of features", features),
    features,
    classes: classes ?? quotient("layer.weight", weight.length, "the number of features", features),
  };
  if (sizes.classes === 0) throw rangeError("ERR_SHAPE", "layer.weight: expected one class or more, got none");
  checkLength("layer.weight", weight, "classes × features", sizes.classes, features);
  // Without a shape, the number of rows comes from the targets, which may be what is wrong.
  const ofTargets = rows !== undefined && rows !== rowsOfX?.count && known.features === undefined;
  checkLength("x", x, ofTargets ? "targets × features" : "rows × features", sizes.rows, features);
  return sizes;
}

function readClasses(value: unknown, implied: number | undefined): number | undefined {
  if (value === undefined) return implied;
  if (typeof value !== "number") throw typeError("ERR_SHAPE", `layer.classes: expected an integer, got ${show(value)}`);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw rangeError("ERR_SHAPE", `layer.classes: expected an integer ≥ 1, got ${show(value)}`);
  }
  if (implied !== undefined && implied !== value) {
    throw rangeError("ERR_SHAPE", `layer.classes: expected ${implied}, which weight or bias has, got ${value}`);
  }
  return value;
}

function quotient(name: string, length: number, what: string, count: number): number {
  if (count > 0 && length % count === 0) return length / count;
  throw rangeError("ERR_SHAPE", `${name}: expected a length that is a multiple of ${count}, ${what}, got ${length}`);
}

function checkLength(name: string, { length }: Placed, what: string, a: number, b: number): void {
  if (length !== a * b) {
    throw rangeError("ERR_SHAPE", `${name}: expected length ${a * b}, ${what} = ${a} × ${b}, got ${length}`);
  }
}

/** Refuses arrays that code of the caller has detached since they were read. */
export function checkStillThere({ x, weight, bias }: Problem, memory: Memory): void {
  checkAttached("x", elementsOf(x, memory), x.length);
  checkAttached("layer.weight", elementsOf(weight, memory), weight.length);
  if (bias !== null) checkAttached("layer.bias", elementsOf(bias, memory), bias.length);
}

/** Whether no output shares a buffer with another array. Comparing each pair would take a fifth of a small call. */
function haveOwnBuffers({ x, weight, bias }: Problem, outputs: readonly (Output | null)[]): boolean {
  const ofX = bufferOf(x.array);
  const ofWeight = bufferOf(weight.array);
  const ofBias = bias === null ? null : bufferOf(bias.array);
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i];
    if (output === null || output.given === undefined) continue;
    const buffer = bufferOf(output.array);
    if (buffer === ofX || buffer === ofWeight || buffer === ofBias || isShared(buffer)) return false;
    for (let j = 0; j < i; j++) {
      const other = outputs[j];
      if (other !== null && bufferOf(other.array) === buffer) return false;
    }
  }
  return true;
}

/**
 * Refuses an output that shares memory with an argument, or with another output. If it cannot be known whether two
 * SharedArrayBuffers are one memory, the argument is copied; for two outputs, it is up to the caller.
 */
export function keptApart(problem: Problem, names: readonly string[], outputs: readonly (Output | null)[]): Problem {
  if (haveOwnBuffers(problem, outputs)) return problem;
  let { x, weight, bias } = problem;
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i];
    if (output === null || output.given === undefined) continue;
    x = apartFrom(output, names[i], x, "x");
    weight = apartFrom(output, names[i], weight, "layer.weight");
    if (bias !== null) bias = apartFrom(output, names[i], bias, "layer.bias");
    for (let j = 0; j < i; j++) {
      const other = outputs[j];
      if (other === null || other.given === undefined) continue;
      if (overlap(other, output) && isOneMemory(other, output)) {
        throw overlapError(names[i], names[j]);
      }
    }
  }
  const isKept = x === problem.x && weight === problem.weight && bias === problem.bias;
  return isKept ? problem : { ...problem, x, weight, bias };
}
