import { expect, it } from "vitest";
import { ofLogSoftmax, ofSoftmax } from "../../src/backward.js";
import { operation as crossEntropy } from "../../src/crossEntropy.js";
import { operation as crossEntropyGrad } from "../../src/crossEntropyGrad.js";
import { operation as crossEntropyHvp } from "../../src/crossEntropyHvp.js";
import { operation as logSoftmax } from "../../src/logSoftmax.js";
import { operation as logSumExp } from "../../src/logSumExp.js";
import { operation as softmax } from "../../src/softmax.js";
import { nameOf, operationOf } from "../../src/threads/operations.js";

it("each operation has a name of its own, by which a worker finds it", () => {
  const all = [
    softmax,
    logSoftmax,
    logSumExp,
    crossEntropy,
    crossEntropyGrad,
    crossEntropyHvp,
    ofSoftmax,
    ofLogSoftmax,
  ];
  const names = all.map(nameOf);
  expect(new Set(names).size).toBe(all.length);
  expect(names.map(operationOf)).toEqual(all);
});
