import { checkAttached, sizeOfPlain, viewOf } from "../arguments/arrays.js";
import { checkIsPlain } from "../arguments/options.js";
import { rangeError, show, showShape, typeError } from "../errors.js";
import type { FloatArray } from "../floatType.js";
import { isRows } from "../form.js";
import { tagOf } from "../typedArray.js";
import { checkElements, type ElementType, isFloat, typeOfElements } from "./elementTypes.js";
import { widened } from "./float16.js";
import { type ReadTensor, readTensor } from "./readTensor.js";
import type { Samples, TopK } from "../index.js";
import { lastOf } from "./last.js";
import { elementsForResult, inSingles, integersOf, narrowed, operandOf, tensorOf } from "./result.js";
import { samePlaces, sizesWithout } from "./sizes.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** The sizes of a result, from those of the first argument and the options of a call that has accepted them. */
type DimsOf = (dims: readonly number[], given: Given) => number[];
type Given = Record<string, unknown>;

export const sameDims: DimsOf = (dims) => [...dims];
export const withoutAxis: DimsOf = (dims, { axis }) => sizesWithout(axis, dims) as number[];
/** With k classes along the axis. */
export const withK: DimsOf = (dims, { axis = -1, k }) => {
  const sizes = [...dims];
  sizes[(axis as number) < 0 ? dims.length + (axis as number) : (axis as number)] = k as number;
  return sizes;
};

/** A function of the library, and how it is called on tensors. */
export interface TensorOperation {
  readonly run: unknown;
  /** The arguments before the options, by the names that the function's messages use. */
  readonly names: readonly string[];
  /** The sizes of the result. */
  readonly dimsOf: DimsOf;
  /** The sizes of the losses that come with a gradient; by default those without the axis. */
  readonly lossDimsOf?: DimsOf;
  /** Whether the option `last` is known; it is not by default. */
  readonly mayBeLast?: boolean;
  /** Whether integer targets are one per logit, and not labels. */
  readonly isBinary?: boolean;
  /** Whether the function has a shape, as by default: not where elements have nothing to do with each other. */
  readonly takesShape?: boolean;
}

/**
 * Calls a function of the library on tensors. The first one gives the shape, and the type of the tensors in the result. Any
 * other value goes to the function as it is, which takes or refuses it.
 */
export function callOnTensors(operation: TensorOperation, args: readonly unknown[]): unknown {
  const {
    run,
    names,
    dimsOf,
    lossDimsOf = withoutAxis,
    mayBeLast = false,
    takesShape = true,
    isBinary = false,
  } = operation;
  const call = run as AnyFunction;
  const tensors = names.map((name, i) => readTensor(name, args[i]));
  const options = args[names.length];
  if (options !== undefined) checkIsPlain(options);
  if (tensors[0] !== undefined && mayBeLast) tensors[0] = lastOf(names[0], tensors[0], options);
  const [first] = tensors;
  const operands = tensors.map((tensor, i) => (tensor === undefined ? args[i] : operandOf(tensor)));
  const given = readOptions(options, names[0], first);
  if (first !== undefined && mayBeLast) delete given.last;
  // Beside an array, whose lengths the library checks, its sizes may say which targets are one-hot rows.
  const dims = first?.dims ?? sizesOfArray(args[0], given.shape);
  const type = first?.type ?? typeOfElements(viewOf(args[0])) ?? "float64";
  for (let i = 1; i < names.length && dims !== undefined; i++) {
    const tensor = tensors[i];
    if (tensor === undefined) continue;
    const places = isBinary ? dims : placesOf(names[i], tensor, dims, given.axis);
    if (first !== undefined) checkPlaces(names[i], tensor, names[0], places);
    if (names[i] === "targets" && places === dims && isIntegers(tensor)) operands[i] = probabilitiesOf(tensor, type);
  }
  const like = halvesOf(names[0], first, args[0], given.type);
  delete given.type;
  if (like !== undefined) {
    names.forEach((name, i) => (operands[i] = widenedLike(name, operands[i], tensors[i])));
    for (const name of FLOAT_OPTIONS) if (name in given) given[name] = widenedLike(name, given[name], undefined);
  }
  if (first !== undefined && given.out !== undefined && sizesWithout(given.axis, first.dims) !== undefined) {
    given.out = elementsForResult(given.out, dimsOf(first.dims, given));
  }
  const { out } = given;
  if (like !== undefined && out !== undefined) given.out = inSingles(out, like, given.accumulate === true);
  if (first !== undefined && takesShape) {
    if (first.dims.length === 0) {
      throw rangeError("ERR_SHAPE", `${names[0]}: expected a tensor of one axis or more, got shape []`);
    }
    given.shape = first.dims;
  }

  const result = call(...operands, given) as object | number;
  if (typeof result === "number" || (first === undefined && like === undefined)) return result;
  const floats = (array: unknown, sizes: DimsOf, to?: unknown) =>
    first === undefined
      ? narrowed(array as Float32Array, like as Uint16Array, to)
      : tensorOf(first, array, sizes(first.dims, given), to);
  const classes = (array: Int32Array) => (first === undefined ? array : integersOf(array, dimsOf(first.dims, given)));
  if (result instanceof Int32Array) return classes(result);
  // A draw for one position, or parts of a mean: in two numbers.
  if ("token" in result || given.reduction === "parts") return result;
  if (isTopK(result)) return { values: floats(result.values, dimsOf), indices: classes(result.indices) };
  if (isSamples(result)) return { tokens: classes(result.tokens), logProbs: floats(result.logProbs, dimsOf) };
  if (!isLossAndGrad(result)) return floats(result, dimsOf, out);
  const { loss } = result;
  const grad = floats(result.grad, dimsOf, out);
  return { loss: typeof loss === "number" ? loss : floats(loss, lossDimsOf), grad };
}

/** The options that are arrays of floats. */
export const FLOAT_OPTIONS = ["weight", "posWeight", "upstream"] as const;

/** The sizes that a shape gives an array, or that its rows have; undefined where there are neither. */
function sizesOfArray(value: unknown, shape: unknown): readonly number[] | undefined {
  if (Array.isArray(shape)) return shape as number[];
  const form = Array.isArray(value) ? sizeOfPlain(value).form : null;
  return isRows(form) ? [form.count, form.length] : undefined;
}

function isTopK(result: object): result is TopK<unknown> {
  return "indices" in result;
}

function isSamples(result: object): result is Samples<unknown> {
  return "tokens" in result;
}

function isLossAndGrad(result: object): result is { readonly loss: unknown; readonly grad: unknown } {
  return "grad" in result;
}

/** The array of halves that results are to be like: a tensor's, or the first argument by the option `type`. */
function halvesOf(name: string, first: ReadTensor | undefined, value: unknown, type: unknown): Uint16Array | undefined {
  if (first !== undefined) return first.type === "float16" ? (first.data as Uint16Array) : undefined;
  if (type === undefined) return undefined;
  checkElements(name, "float16", value);
  return value as Uint16Array;
}

/** An argument that accompanies halves: arrays of halves are widened too. Integer targets are labels. */
function widenedLike(name: string, value: unknown, tensor: ReadTensor | undefined): unknown {
  const tag = tagOf(value);
  const isHalves = tag === "Float16Array" || (tag === "Uint16Array" && name !== "targets" && name !== "tokens");
  if (tensor !== undefined || !isHalves) return value;
  checkAttached(name, value as Uint16Array);
  return widened(value as Uint16Array);
}

/** A copy of the options, in which the elements of tensors stand for them. */
function readOptions(
  options: object | undefined,
  firstName: string,
  first: ReadTensor | undefined,
): Record<string, unknown> {
  const given: Record<string, unknown> = { ...options };
  for (const name of ["shape", "type"]) {
    if (first === undefined || given[name] === undefined) continue;
    const expected = `expected none for ${firstName}, a tensor of shape ${showShape(first.dims)}`;
    throw typeError("ERR_OPTION", `${name}: ${expected}, got ${show(given[name])}`);
  }
  if (given.type !== undefined && given.type !== "float16") {
    const message = `type: expected "float16", for bits in a Uint16Array, got ${show(given.type)}`;
    throw (typeof given.type === "string" ? rangeError : typeError)("ERR_OPTION", message);
  }
  for (const name of [...FLOAT_OPTIONS, "mask", "lengths"]) {
    const tensor = readTensor(name, given[name]);
    if (tensor === undefined) continue;
    if (name === "upstream" && tensor.dims.length === 0) {
      given.upstream = (operandOf(tensor) as FloatArray)[0];
      continue;
    }
    const places = name === "mask" ? first?.dims : sizesWithout(given.axis, first?.dims ?? []);
    if (name !== "weight" && name !== "posWeight" && first !== undefined) checkPlaces(name, tensor, firstName, places);
    given[name] = operandOf(tensor);
  }
  return given;
}

/**
 * The sizes that an argument after the first must have; undefined if the axis is invalid, which the library refuses.
 */
function placesOf(
  name: string,
  tensor: ReadTensor,
  dims: readonly number[],
  axis: unknown,
): readonly number[] | undefined {
  if (name === "tokens") return sizesWithout(axis, dims);
  if (name !== "targets" || !isIntegers(tensor)) return dims;
  // Labels, one per position; but one-hot rows, which `tf.oneHot` gives in int32, have the logits' sizes.
  const positions = sizesWithout(axis, dims);
  const isOneHot = positions !== undefined && !samePlaces(tensor.dims, positions) && samePlaces(tensor.dims, dims);
  return isOneHot ? dims : positions;
}

/** Numbers of plain arrays count as integers: what they are, the library checks. */
function isIntegers({ type, data }: ReadTensor): boolean {
  return !isFloat(type) || Array.isArray(data);
}

/** Integers as probabilities, in the type that logits of a type are computed in. */
function probabilitiesOf({ data }: ReadTensor, type: ElementType): Float32Array | Float64Array {
  const numbers = data as ArrayLike<bigint | number>;
  return type === "float64" ? Float64Array.from(numbers, Number) : Float32Array.from(numbers, Number);
}

function checkPlaces(name: string, tensor: ReadTensor, firstName: string, places: readonly number[] | undefined): void {
  if (places === undefined || samePlaces(tensor.dims, places)) return;
  const expected = `expected a tensor of shape ${showShape(places)}, to fit ${firstName}`;
  throw rangeError("ERR_SHAPE", `${name}: ${expected}, got ${showShape(tensor.dims)}`);
}
