import { checkIsPlain } from "../arguments/options.js";
import { rangeError, show, typeError } from "../errors.js";
import { isFloat } from "./elementTypes.js";
import { type ReadTensor, readTensor } from "./readTensor.js";
import type { Samples, TopK } from "../index.js";
import { lastOf } from "./last.js";
import { elementsForResult, integersOf, maskOf, operandOf, tensorOf } from "./result.js";
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
  if (first === undefined) return call(...operands, given);

  for (let i = 1; i < names.length; i++) {
    checkPlaces(names[i], tensors[i], names[0], placesOf(names[i], tensors[i], first, given.axis));
  }
  const resultDims = sizesWithout(given.axis, first.dims) === undefined ? undefined : dimsOf(first.dims, given);
  if (resultDims !== undefined && given.out !== undefined) given.out = elementsForResult(given.out, resultDims);
  // Halves are computed in f32, and written by tensorOf.
  const out = first.type === "float16" ? given.out : undefined;
  if (out !== undefined) delete given.out;
  const result = call(...operands, { ...given, shape: first.dims }) as object | number;
  if (typeof result === "number") return result;
  const dims = dimsOf(first.dims, given);
  if (result instanceof Int32Array) return integersOf(result, dims);
  const chosen = selected(first, result, dims);
  if (chosen !== undefined) return chosen;
  if (!isLossAndGrad(result)) return tensorOf(first, result, dims, out);
  const grad = tensorOf(first, result.grad, dims, out);
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
  for (const name of ["weight", "mask"]) {
    const tensor = readTensor(name, given[name]);
    if (tensor === undefined) continue;
    if (name === "mask" && first !== undefined) checkPlaces(name, tensor, firstName, first.dims);
    given[name] = name === "mask" ? maskOf(tensor) : operandOf(tensor);
  }
  return given;
}

/** The sizes that an argument beside the first must have; undefined where the axis is invalid, which the library refuses. */
function placesOf(
  name: string,
  tensor: ReadTensor | undefined,
  first: ReadTensor,
  axis: unknown,
): readonly number[] | undefined {
  // Integers are labels, one a position.
  const indices = name === "targets" && tensor !== undefined && (!isFloat(tensor.type) || Array.isArray(tensor.data));
  return indices ? sizesWithout(axis, first.dims) : first.dims;
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
