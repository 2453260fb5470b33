import { rangeError, showShape } from "../errors.js";
import { softmaxJacobian as ofArray } from "../index.js";
import { readTensor } from "./readTensor.js";
import { operandOf, tensorOf } from "./result.js";

/** Of a tensor of one axis, the square one. */
export function softmaxJacobian(x: unknown): unknown {
  const tensor = readTensor("x", x);
  if (tensor === undefined) return ofArray(x as never);
  const { dims } = tensor;
  if (dims.length !== 1)
    throw rangeError("ERR_SHAPE", `x: expected a tensor of one axis, got shape ${showShape(dims)}`);
  return tensorOf(tensor, ofArray(operandOf(tensor) as never), [dims[0], dims[0]]);
}
