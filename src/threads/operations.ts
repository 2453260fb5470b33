// The operations by name: a worker cannot be sent a function.

import { ofLogSoftmax, ofSoftmax } from "../backward.js";
import { operation as crossEntropy } from "../crossEntropy.js";
import { operation as crossEntropyGrad } from "../crossEntropyGrad.js";
import { operation as crossEntropyHvp } from "../crossEntropyHvp.js";
import { operation as logSoftmax } from "../logSoftmax.js";
import { operation as logSumExp } from "../logSumExp.js";
import type { Operation } from "../run.js";
import { operation as softmax } from "../softmax.js";

const OPERATIONS = {
  softmax,
  logSoftmax,
  logSumExp,
  crossEntropy,
  crossEntropyGrad,
  crossEntropyHvp,
  softmaxBackward: ofSoftmax,
  logSoftmaxBackward: ofLogSoftmax,
} as const;

export type OperationName = keyof typeof OPERATIONS;

export const operationOf = (name: OperationName): Operation => OPERATIONS[name];

export function nameOf(operation: Operation): OperationName {
  const names = Object.keys(OPERATIONS) as OperationName[];
  return names.find((name) => OPERATIONS[name] === operation) as OperationName;
}
