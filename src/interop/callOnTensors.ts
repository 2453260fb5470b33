import { viewOf } from "../arguments/arrays.js";
import { checkIsPlain } from "../arguments/options.js";
import { rangeError, show, typeError } from "../errors.js";
import type { FloatArray } from "../floatType.js";
import { type ElementType, isFloat, typeOfElements } from "./elementTypes.js";
import { type ReadTensor, readTensor } from "./readTensor.js";
import type { Samples, TopK } from "../index.js";
import { lastOf } from "./last.js";
import { elementsForResult, inSingles, integersOf, maskOf, operandOf, tensorOf } from "./result.js";
import { samePlaces, showShape, sizesWithout } from "./sizes.js";

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

/**
 * Calls a function of the library on tensors. The first one gives the shape, and the type of the tensors in the result. Any
 * other value goes to the function as it is, which takes or refuses it.
 *
 * @param names The arguments before the options, by the names that the function's messages use.
 * @param dimsOf The sizes of the result. Losses beside a gradient have those of the other axes.
 * @param mayBeLast Whether the option `last` is known.
 */
export function callOnTensors(
  run: unknown,
  names: readonly string[],
  dimsOf: DimsOf,
  args: readonly unknown[],
  mayBeLast = false,
): unknown {
  const call = run as AnyFunction;
  const tensors = names.map((name, i) => readTensor(name, args[i]));
  const operands = tensors.map((tensor, i) => (tensor === undefined ? args[i] : operandOf(tensor)));
  const options = args[names.length];
  let [first] = tensors;
  if (options !== undefined) checkIsPlain(options);
  if (first !== undefined && mayBeLast) first = lastOf(names[0], first, options);
  if (first !== undefined) operands[0] = operandOf(first);
  const given = readOptions(options, names[0], first);
  if (first !== undefined && mayBeLast) delete given.last;
  // Beside an array, whose lengths the library checks, a shape may say which targets are one-hot rows.
  const dims = first?.dims ?? (Array.isArray(given.shape) ? (given.shape as number[]) : undefined);
  const type = first?.type ?? typeOfElements(viewOf(args[0])) ?? "float64";
  for (let i = 1; i < names.length && dims !== undefined; i++) {
    const tensor = tensors[i];
    if (tensor === undefined) continue;
    const places = placesOf(names[i], tensor, dims, given.axis);
    if (first !== undefined) checkPlaces(names[i], tensor, names[0], places);
    if (names[i] === "targets" && places === dims && isIntegers(tensor)) operands[i] = probabilitiesOf(tensor, type);
  }
  if (first === undefined) return call(...operands, given);

  const outDims = sizesWithout(given.axis, first.dims) === undefined ? undefined : dimsOf(first.dims, given);
  if (outDims !== undefined && given.out !== undefined) given.out = elementsForResult(given.out, outDims);
  // Halves are computed in f32, and written by tensorOf.
  const out = first.type === "float16" ? given.out : undefined;
  if (out !== undefined) given.out = inSingles(out, first.data as Uint16Array, given.accumulate === true);
  const result = call(...operands, { ...given, shape: first.dims }) as object | number;
  if (typeof result === "number") return result;
  const resultDims = dimsOf(first.dims, given);
  if (result instanceof Int32Array) return integersOf(result, resultDims);
  const chosen = selected(first, result, resultDims);
  if (chosen !== undefined) return chosen;
  if (!isLossAndGrad(result)) return tensorOf(first, result, resultDims, out);
  const grad = tensorOf(first, result.grad, resultDims, out);
  const { loss } = result;
  return { loss: typeof loss === "number" ? loss : tensorOf(first, loss, withoutAxis(first.dims, given)), grad };
}

/** What topK and sample give, in tensors. */
function selected(first: ReadTensor, result: object, dims: number[]): unknown {
  if ("indices" in result) {
    const { values, indices } = result as TopK<unknown>;
    return { values: tensorOf(first, values, dims), indices: integersOf(indices, [...dims]) };
  }
  if (!("tokens" in result)) return undefined;
  const { tokens, logProbs } = result as Samples<unknown>;
  return { tokens: integersOf(tokens, dims), logProbs: tensorOf(first, logProbs, [...dims]) };
}

function isLossAndGrad(result: object): result is { readonly loss: unknown; readonly grad: unknown } {
  return "grad" in result;
}

/** A copy of the options, in which the elements of tensors stand for them. */
function readOptions(
  options: object | undefined,
  firstName: string,
  first: ReadTensor | undefined,
): Record<string, unknown> {
  const given: Record<string, unknown> = { ...options };
  if (first !== undefined && given.shape !== undefined) {
    const expected = `expected none beside ${firstName}, a tensor of shape ${showShape(first.dims)}`;
    throw typeError("ERR_OPTION", `shape: ${expected}, got ${show(given.shape)}`);
  }
  for (const name of ["weight", "mask", "lengths", "upstream"]) {
    const tensor = readTensor(name, given[name]);
    if (tensor === undefined) continue;
    if (name === "upstream" && tensor.dims.length === 0) {
      given.upstream = (operandOf(tensor) as FloatArray)[0];
      continue;
    }
    const places = name === "mask" ? first?.dims : sizesWithout(given.axis, first?.dims ?? []);
    if (name !== "weight" && first !== undefined) checkPlaces(name, tensor, firstName, places);
    given[name] = name === "mask" ? maskOf(tensor) : operandOf(tensor);
  }
  return given;
}

/** The sizes that an argument beside the first must have; undefined where the axis is invalid, which the library refuses. */
function placesOf(
  name: string,
  tensor: ReadTensor,
  dims: readonly number[],
  axis: unknown,
): readonly number[] | undefined {
  if (name !== "targets" || !isIntegers(tensor)) return dims;
  // Labels, one a position; but one-hot rows, which `tf.oneHot` gives in int32, have the logits' sizes.
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

function checkPlaces(
  name: string,
  tensor: ReadTensor | undefined,
  firstName: string,
  places: readonly number[] | undefined,
): void {
  if (tensor === undefined || places === undefined || samePlaces(tensor.dims, places)) return;
  const expected = `expected a tensor of shape ${showShape(places)}, beside ${firstName}`;
  throw rangeError("ERR_SHAPE", `${name}: ${expected}, got ${showShape(tensor.dims)}`);
}
