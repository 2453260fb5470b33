import { rangeError, showShape } from "../errors.js";
import { softmaxJacobian as jacobianOf } from "../index.js";
import { readTensor } from "./readTensor.js";
import { operandOf, tensorOf } from "./result.js";

// Its type has no options; it is called with them to refuse them.
const ofArray = jacobianOf as (x: unknown, options: unknown) => unknown;

/** Of a tensor of one axis, the square one. */
export function softmaxJacobian(x: unknown, options?: unknown): unknown {
  const tensor = readTensor("x", x);
  if (tensor === undefined) return ofArray(x, options);
  const { dims } = tensor;
  if (dims.length !== 1)
    throw rangeError("ERR_SHAPE", `x: expected a tensor of one axis, got shape ${showShape(dims)}`);
  return tensorOf(tensor, ofArray(operandOf(tensor), options), [dims[0], dims[0]]);
}
