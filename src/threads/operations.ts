// The operations by number: a worker cannot be given a function.

import { ofLogSoftmax, ofSoftmax } from "../backward.js";
import { operation as crossEntropy } from "../crossEntropy.js";
import { operation as crossEntropyGrad } from "../crossEntropyGrad.js";
import { operation as crossEntropyHvp } from "../crossEntropyHvp.js";
import { operation as logSoftmax } from "../logSoftmax.js";
import { operation as logSumExp } from "../logSumExp.js";
import type { Operation } from "../run.js";
import { operation as softmax } from "../softmax.js";

export const OPERATIONS: readonly Operation[] = [
  softmax,
  logSoftmax,
  logSumExp,
  crossEntropy,
  crossEntropyGrad,
  crossEntropyHvp,
  ofSoftmax,
  ofLogSoftmax,
];
