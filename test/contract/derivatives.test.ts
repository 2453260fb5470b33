// The backward functions and the Hessian against the oracle, and what upstream and accumulate promise, on both backends.

import { describe, expect, it } from "vitest";
import { BACKENDS, bitsOf } from "../backends.js";
import { logSoftmaxBackwardOf, softmaxBackwardOf } from "../oracle/backwardOracle.js";
import { batchTruth } from "../oracle/lossBatch.js";
import { ulpError } from "../oracle/ulp.js";
import { UlpErrors } from "../oracle/ulpErrors.js";
import { mulberry32, normals } from "../random.js";
import { axisOf, fromAxis } from "./axis.js";
import { hessianTimesOf } from "./calls.js";
import { lossGrid, PRECISIONS, SEED } from "./lossGrid.js";

const [[, wasm], [, js]] = BACKENDS;
const GATE = 5;

describe.each(["f32", "f64"] as const)(`%s (seed ${SEED})`, (key) => {
  const { type, format } = PRECISIONS[key];

  it("the backward functions are within 5 ulp of the largest term, on every axis, with one set of bits", () => {
    const normal = normals(mulberry32(SEED));
    const worst = { softmaxBackward: new UlpErrors(), logSoftmaxBackward: new UlpErrors() };
    for (const [shape, axis] of [
      [[3, 1], 0],
      [[4, 7], 1],
      [[2, 33, 5], 1],
      [[40, 3], 0],
      [[1, 130], 1],
      [[2, 9, 2, 2], 1],
    ] as const) {
      const at = axisOf(shape, axis);
      for (const temperature of [1, 3]) {
        const x = type.create(at.rows * at.cols).map(() => 8 * normal());
        const dy = type.create(x.length).map(normal);
        for (const name of ["softmaxBackward", "logSoftmaxBackward"] as const) {
          const y = name === "softmaxBackward" ? wasm.softmax(x, { shape, axis }) : wasm.logSoftmax(x, { shape, axis });
          const dx = wasm[name](y, dy, { shape, axis, temperature });
          expect(bitsOf(js[name](y, dy, { shape, axis, temperature }))).toBe(bitsOf(dx));
          const [rowsY, rowsDy, rowsDx] = [y, dy, dx].map((array) => fromAxis(at, array));
          const truthOf = name === "softmaxBackward" ? softmaxBackwardOf : logSoftmaxBackwardOf;
          for (let n = 0; n < at.rows; n++) {
            const row = (array: ArrayLike<number>) => Array.from(array).slice(n * at.cols, (n + 1) * at.cols);
            truthOf(row(rowsY), row(rowsDy), temperature).forEach(({ truth, size }, c) => {
              worst[name].add(ulpError(rowsDx[n * at.cols + c], truth, format, size), `${shape.join()} [${n}, ${c}]`);
            });
          }
        }
      }
    }
    for (const [name, errors] of Object.entries(worst)) {
      console.info(`contract, ${key}: ${name} worst ${errors.worst.toFixed(3)} of ${errors.count}, gate ${GATE}`);
      expect(errors.worst, errors.where).toBeLessThanOrEqual(GATE);
    }
  });

  // Not yet: 38 ulp in f32 and 86 in f64 where p is subnormal and its factor large. The larger factor multiplied into p
  // first makes 7.6 of the 38; working what multiplies p in f64 would do the rest. The bits are the same on both backends.
  it.fails("the Hessian times an array is within 5 ulp of the largest term, over the losses' grid", () => {
    const normal = normals(mulberry32(SEED));
    const errors = new UlpErrors();
    let number = 0;
    for (const one of lossGrid(PRECISIONS[key])) {
      if (number++ % 3 !== 0) continue; // a third of the grid: the loss and its terms are those of the gradient's test
      const v = type.create(one.logits.length).map(normal);
      const product = hessianTimesOf(wasm, one.logits, one.targets, v, one.options);
      const truth = batchTruth(one.batch);
      const [ours, direction] = [product, v].map((array) => fromAxis(one.axis, array));
      const { rows, cols } = one.axis;
      for (let n = 0; n < rows; n++) {
        truth.hessianTimes(n, Array.from(direction).slice(n * cols, (n + 1) * cols)).forEach((entry, c) => {
          errors.add(ulpError(ours[n * cols + c], entry.truth, format, entry.size), `${one.name} [${n}, ${c}]`);
        });
      }
    }
    console.info(`contract, ${key}: Hessian worst ${errors.worst.toFixed(3)} of ${errors.count} (${errors.where})`);
    expect(errors.worst, errors.where).toBeLessThanOrEqual(GATE);
  });
});

it.each(["f32", "f64"] as const)("%s: the Hessian times an array has one set of bits, over the losses' grid", (key) => {
  const normal = normals(mulberry32(SEED));
  for (const { name, logits, targets, options } of lossGrid(PRECISIONS[key])) {
    const v = PRECISIONS[key].type.create(logits.length).map(normal);
    const product = hessianTimesOf(wasm, logits, targets, v, options);
    expect(bitsOf(hessianTimesOf(js, logits, targets, v, options)), name).toBe(bitsOf(product));
  }
});

describe.each(BACKENDS)("%s: the gradient", (_, instance) => {
  const random = mulberry32(SEED);
  const shape = [4, 5, 3];
  const x = new Float32Array(60).map(() => 6 * (random() - 0.5));
  const labels = Array.from({ length: 12 }, (_, n) => (n === 2 ? -100 : n % 5));
  const options = { shape, axis: 1, labelSmoothing: 0.1 } as const;

  it("is added to out, each sum rounded once, by accumulate", () => {
    const before = new Float32Array(60).map(() => random());
    const { grad, loss } = instance.crossEntropyGrad(x, labels, options);
    const out = before.slice();
    const sum = instance.crossEntropyGrad(x, labels, { ...options, out, accumulate: true });
    expect(sum.grad).toBe(out);
    expect(sum.loss).toBe(loss);
    expect(bitsOf(out)).toBe(bitsOf(before.map((value, i) => value + grad[i])));
  });

  it("is multiplied by upstream, one number or one a position", () => {
    const plain = instance.crossEntropyGrad(x, labels, { ...options, reduction: "none" });
    const twice = instance.crossEntropyGrad(x, labels, { ...options, reduction: "none", upstream: 2 });
    expect(bitsOf(twice.grad)).toBe(bitsOf(plain.grad.map((value) => 2 * value)));
    expect(bitsOf(twice.loss)).toBe(bitsOf(plain.loss));
    const upstream = Float64Array.from({ length: 12 }, (_, n) => 2 ** (n - 5));
    const each = instance.crossEntropyGrad(x, labels, { ...options, reduction: "none", upstream });
    const positionOf = (i: number) => Math.floor(i / 15) * 3 + (i % 3);
    expect(bitsOf(each.grad)).toBe(bitsOf(plain.grad.map((value, i) => value * upstream[positionOf(i)])));
  });
});
