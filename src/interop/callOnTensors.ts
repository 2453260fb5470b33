import { rangeError, show, typeError } from "../errors.js";
import { isFloat } from "./elementTypes.js";
import { type ReadTensor, readTensor } from "./readTensor.js";
import { operandOf, tensorOf } from "./result.js";
import { samePlaces, showSizes, sizesWithout } from "./sizes.js";

type AnyFunction = (...args: unknown[]) => unknown;
type Options = Readonly<Record<string, unknown>>;

/** The sizes of a result, by those of the first argument and the axis that was computed along. */
type DimsOf = (dims: readonly number[], axis: unknown) => number[];

export const sameDims: DimsOf = (dims) => [...dims];
/** After a call that has taken the axis. */
export const withoutAxis: DimsOf = (dims, axis) => sizesWithout(axis, dims) as number[];

/**
 * Calls a function of the library on tensors: they are read, the shape is that of the first one, and the arrays of the
 * result become tensors of its type. What is no tensor goes on to the function as it is, to be taken or refused there.
 *
 * @param names Of the arguments before the options, as the function's messages call them.
 * @param dimsOf The sizes of the array that is the result; losses beside a gradient have those of the other axes.
 */
export function callOnTensors(
  run: unknown,
  names: readonly string[],
  dimsOf: DimsOf,
  args: readonly unknown[],
): unknown {
  const call = run as AnyFunction;
  const tensors = names.map((name, i) => readTensor(name, args[i]));
  const operands = tensors.map((tensor, i) => (tensor === undefined ? args[i] : operandOf(tensor)));
  const options = args[names.length];
  const [first] = tensors;
  if (options !== undefined && !isOptions(options)) return call(...operands, options);
  const given = readOptions(options, names[0], first);
  if (first === undefined) return call(...operands, given);

  for (let i = 1; i < names.length; i++) {
    checkPlaces(names[i], tensors[i], names[0], placesOf(names[i], tensors[i], first, given.axis));
  }
  // Halves are computed in f32, and written by tensorOf.
  const out = first.type === "float16" ? given.out : undefined;
  if (out !== undefined) delete given.out;
  const result = call(...operands, { ...given, shape: first.dims }) as object | number;
  if (typeof result === "number") return result;
  const dims = dimsOf(first.dims, given.axis);
  if (!isLossAndGrad(result)) return tensorOf(first, result, dims, out);
  const grad = tensorOf(first, result.grad, dims, out);
  const { loss } = result;
  return { loss: typeof loss === "number" ? loss : tensorOf(first, loss, withoutAxis(first.dims, given.axis)), grad };
}

function isOptions(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isLossAndGrad(result: object): result is { readonly loss: unknown; readonly grad: unknown } {
  return "grad" in result;
}

/** A copy of the options, with the elements of what tensors are among them. */
function readOptions(
  options: Options | undefined,
  firstName: string,
  first: ReadTensor | undefined,
): Record<string, unknown> {
  const given: Record<string, unknown> = { ...options };
  if (first !== undefined && given.shape !== undefined) {
    const expected = `expected none beside ${firstName}, a tensor of ${showSizes(first.dims)}`;
    throw typeError("ERR_OPTION", `shape: ${expected}, got ${show(given.shape)}`);
  }
  for (const name of ["weight", "mask"]) {
    const tensor = readTensor(name, given[name]);
    if (tensor === undefined) continue;
    if (name === "mask" && first !== undefined) checkPlaces(name, tensor, firstName, first.dims);
    given[name] = operandOf(tensor);
  }
  return given;
}

/** The sizes that an argument beside the first is to have; undefined where an axis that is none leaves it open. */
function placesOf(
  name: string,
  tensor: ReadTensor | undefined,
  first: ReadTensor,
  axis: unknown,
): readonly number[] | undefined {
  // Integers are class indices, one a position.
  const indices = name === "labels" && tensor !== undefined && (!isFloat(tensor.type) || Array.isArray(tensor.data));
  return indices ? sizesWithout(axis, first.dims) : first.dims;
}

function checkPlaces(
  name: string,
  tensor: ReadTensor | undefined,
  firstName: string,
  places: readonly number[] | undefined,
): void {
  if (tensor === undefined || places === undefined || samePlaces(tensor.dims, places)) return;
  const expected = `expected a tensor of ${showSizes(places)}, beside ${firstName}`;
  throw rangeError("ERR_SHAPE", `${name}: ${expected}, got ${showSizes(tensor.dims)}`);
}
