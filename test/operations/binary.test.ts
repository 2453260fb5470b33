// The binary cross entropy and its gradient: digits, coefficients, targets of every kind, and bits.

import { describe, expect, it } from "vitest";
import { BACKENDS, bitsOf } from "../reference/backends.js";
import { binaryGradientOf, binaryLossOf, termsOf } from "../reference/oracle/binaryOracle.js";
import { add, dd, divide, ZERO } from "../reference/oracle/doubleDouble.js";
import { F32, F64, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../reference/random.js";
import { CONTRACT } from "./search/bounds.js";

const SEED = 20261130;
const [[, wasm], [, js]] = BACKENDS;

const TYPES = [
  { key: "f32", Type: Float32Array, format: F32, end: 103 },
  { key: "f64", Type: Float64Array, format: F64, end: 744 },
] as const;

/** How targets are drawn, and whether there are weights. */
const KINDS = [
  { kind: "targets 0 and 1", target: Math.round, isWeighted: false },
  { kind: "targets in [0, 1]", target: (u: number) => u, isWeighted: false },
  { kind: "targets 0 and 1, with weights", target: Math.round, isWeighted: true },
  { kind: "with weights", target: (u: number) => u, isWeighted: true },
  { kind: "targets beyond [0, 1], with weights", target: (u: number) => 3 * u - 1, isWeighted: true },
] as const;

describe.each(TYPES)("in $key (seed " + String(SEED) + ")", ({ key, Type, format, end }) => {
  it.each(KINDS)(
    "$kind: losses and gradients are within the contract, with the same bits on both backends",
    (drawn) => {
      const { kind, target, isWeighted } = drawn;
      const random = mulberry32(SEED);
      const [losses, gradients] = [new UlpErrors(), new UlpErrors()];
      for (let cols = 1; cols <= 40; cols++) {
        const length = 30 * cols;
        const x = new Type(length).map(() => (random() - 0.5) * 2 ** (12 * random() - 2));
        for (let i = 0; i < length; i += 7) x[i] = end * (2 * random() - 1);
        const t = new Type(length).map(() => target(random()));
        const [weight, posWeight] = [0, 1].map(() => Float64Array.from({ length: cols }, () => 0.05 + 3 * random()));
        const options = { shape: [30, cols], reduction: "none", ...(isWeighted && { weight, posWeight }) } as const;
        const { loss, grad } = wasm.binaryCrossEntropyGrad(x, t, options);
        const other = js.binaryCrossEntropyGrad(x, t, options);
        expect([bitsOf(other.loss), bitsOf(other.grad)]).toEqual([bitsOf(loss), bitsOf(grad)]);
        expect(bitsOf(wasm.binaryCrossEntropy(x, t, options))).toBe(bitsOf(loss));
        for (let i = 0; i < length; i++) {
          const [w, p] = isWeighted ? [weight[i % cols], posWeight[i % cols]] : [1, 1];
          const terms = termsOf(t[i], w, p);
          const where = `x ${x[i]}, t ${t[i]}, w ${w}, P ${p}`;
          const truth = binaryLossOf(x[i], terms);
          losses.add(ulpError(loss[i], truth.truth, format, truth.size), where);
          const slope = binaryGradientOf(x[i], terms);
          gradients.add(ulpError(grad[i], slope.truth, format, slope.size), where);
        }
      }
      const quantity = isWeighted ? "binary, general" : "binary";
      const gate = CONTRACT[quantity][key];
      console.info(
        `binary, ${key}, ${kind}: loss ${losses.worst.toFixed(3)}, gradient ${gradients.worst.toFixed(3)}, gate ${gate}`,
      );
      expect(losses.worst, losses.where).toBeLessThanOrEqual(gate);
      expect(gradients.worst, gradients.where).toBeLessThanOrEqual(gate);
    },
  );

  it("a mean and a sum over a million elements are those of their elements", () => {
    const random = mulberry32(SEED);
    const x = new Type(1e6).map(() => 8 * (random() - 0.5));
    const t = new Type(1e6).map(() => Math.round(random()));
    let sum = ZERO;
    for (const loss of wasm.binaryCrossEntropy(x, t, { reduction: "none" })) sum = add(sum, dd(loss));
    const gate = CONTRACT["mean and sum"][key];
    expect(ulpError(wasm.binaryCrossEntropy(x, t, { reduction: "sum" }), sum, format)).toBeLessThanOrEqual(gate);
    expect(ulpError(wasm.binaryCrossEntropy(x, t), divide(sum, dd(1e6)), format)).toBeLessThanOrEqual(gate);
  });
});

describe.each(BACKENDS)("%s", (_, { binaryCrossEntropy, binaryCrossEntropyGrad, alloc }) => {
  const none = { reduction: "none" } as const;
  const x = Float32Array.of(2, -1, 0.5, -3, 20, 0);
  const t = Float32Array.of(1, 0, 1, 0, 1, 1);

  it("keeps the digits of an element that is all but certain", () => {
    const { loss, grad } = binaryCrossEntropyGrad(Float32Array.of(20, -20), [1, 0], none);
    expect(loss[0]).toBeCloseTo(2.0611536e-9, 15);
    expect(loss[1]).toBe(loss[0]);
    expect(grad[0]).toBeCloseTo(-2.0611536e-9, 15);
    expect(grad[1]).toBe(-grad[0]);
  });

  it("takes integers, numbers and booleans as targets, for logits of any type", () => {
    for (const logits of [x, Float64Array.from(x), Array.from(x)]) {
      const expected = binaryCrossEntropyGrad(logits, Array.from(t));
      const kinds = [Int32Array, Uint8Array, Int8Array, Uint8ClampedArray, Uint32Array].map((Type) => Type.from(t));
      const bools = Array.from(t, (value) => value === 1);
      for (const targets of [...kinds, bools, BigInt64Array.from(t, BigInt)]) {
        expect(binaryCrossEntropyGrad(logits, targets)).toEqual(expected);
      }
    }
    expect(binaryCrossEntropy(x, t)).toBe(binaryCrossEntropy(x, Array.from(t)));
  });

  it("an infinite logit costs nothing where it is right, and ∞ where it is wrong", () => {
    const infinite = Float32Array.of(Infinity, -Infinity, Infinity, -Infinity);
    const { loss, grad } = binaryCrossEntropyGrad(infinite, [1, 0, 0, 1], none);
    expect(loss).toEqual(Float32Array.of(0, 0, Infinity, Infinity));
    expect(grad).toEqual(Float32Array.of(0, 0, 1, -1));
    expect(binaryCrossEntropy(infinite, [0.3, 0.3, 0, 1], { ...none, weight: 0 })).toEqual(new Float32Array(4));
    const soft = binaryCrossEntropy(Float64Array.of(-Infinity, Infinity), [0.1, 0.7], { ...none, weight: 0.7 });
    expect(soft).toEqual(Float64Array.of(Infinity, Infinity));
  });

  it("a NaN is its element's alone, whatever its weight, and the mean's", () => {
    for (const at of [0, 1, 2, 3, 4, 5]) {
      const logits = x.slice();
      logits[at] = NaN;
      const { loss, grad } = binaryCrossEntropyGrad(logits, t, { ...none, weight: 0 });
      expect(Array.from(loss, Number.isNaN)).toEqual(Array.from(x, (_, i) => i === at));
      expect(Array.from(grad, Number.isNaN)).toEqual(Array.from(x, (_, i) => i === at));
      expect(binaryCrossEntropy(logits, t)).toBeNaN();
    }
    expect(binaryCrossEntropy(Float32Array.of(1, 1), [NaN, 1], none)[0]).toBeNaN();
  });

  it("weighs by class, whatever the blocks", () => {
    const cols = 7;
    const rows = 9001;
    const logits = new Float32Array(rows * cols).map((_, i) => ((i * 37) % 100) / 10 - 5);
    const targets = new Uint8Array(rows * cols).map((_, i) => (i * 13) % 2);
    const weight = [1, 2, 3, 4, 5, 6, 7];
    const all = binaryCrossEntropy(logits, targets, { ...none, shape: [rows, cols], posWeight: weight });
    for (let c = 0; c < cols; c++) {
      const of = <T extends Float32Array | Uint8Array>(array: T) => array.filter((_, i) => i % cols === c) as T;
      const alone = binaryCrossEntropy(of(logits), of(targets), { ...none, posWeight: weight[c] });
      expect(bitsOf(of(all)) === bitsOf(alone), `class ${c}`).toBe(true);
    }
  });

  it.each([5000, 20_000])("weighs by %i classes, more than are staged at once, as by fewer", (cols) => {
    const rows = 3;
    const part = 1000;
    const x = Float64Array.from({ length: rows * cols }, (_, i) => ((i * 37) % 101) / 10 - 5);
    const t = Float64Array.from(x, (_, i) => ((i * 13) % 3) / 2);
    const weight = Float64Array.from({ length: cols }, (_, c) => (c % 17) / 8);
    const posWeight = Float64Array.from({ length: cols }, (_, c) => (c % 23) / 4);
    for (const [logits, targets] of [
      [x, t],
      [Float32Array.from(x), Float32Array.from(t)],
    ] as const) {
      const options = { ...none, shape: [rows, cols], weight, posWeight };
      const all = binaryCrossEntropyGrad(logits as Float64Array, targets, options);
      const losses = binaryCrossEntropy(logits as Float64Array, targets, options);
      expect(bitsOf(losses) === bitsOf(all.loss), "the losses alone").toBe(true);
      for (let first = 0; first < rows * cols; first += part) {
        const c = first % cols;
        const [w, p] = [weight.slice(c, c + part), posWeight.slice(c, c + part)];
        const some = binaryCrossEntropyGrad(
          logits.slice(first, first + part) as Float64Array,
          targets.slice(first, first + part),
          { ...none, weight: w, posWeight: p },
        );
        expect(bitsOf(all.loss.slice(first, first + part)) === bitsOf(some.loss), `losses from ${first} on`).toBe(true);
        expect(bitsOf(all.grad.slice(first, first + part)) === bitsOf(some.grad), `grad from ${first} on`).toBe(true);
      }
    }
  });

  it("divides the mean's gradient by the number of elements, multiplies by upstream, and adds", () => {
    const { grad: each } = binaryCrossEntropyGrad(x, t, none);
    const { loss, grad } = binaryCrossEntropyGrad(x, t);
    expect(loss).toBe(binaryCrossEntropy(x, t));
    grad.forEach((value, i) => expect(value).toBeCloseTo(each[i] / 6, 7));
    const upstream = [1, 2, 3, 4, 5, 6];
    const scaled = binaryCrossEntropyGrad(x, t, { ...none, upstream }).grad;
    scaled.forEach((value, i) => expect(value).toBeCloseTo(each[i] * upstream[i], 6));
    const out = new Float32Array(6).fill(1);
    expect(binaryCrossEntropyGrad(x, t, { reduction: "sum", upstream: 2, accumulate: true, out }).grad).toBe(out);
    out.forEach((value, i) => expect(value).toBeCloseTo(1 + 2 * each[i], 6));
  });

  it("does not add to its own targets or logits", () => {
    const [own, ownT] = [x.slice(), t.slice()];
    for (const [name, out] of [
      ["logits", own],
      ["targets", ownT],
    ] as const) {
      const code = "ERR_OVERLAP";
      const message = `out: expected memory apart from the ${name}, got a part of it`;
      const run = () => binaryCrossEntropyGrad(own, ownT, { out, accumulate: true });
      expect(run).toThrow(expect.objectContaining({ code, message }) as Error);
    }
    expect([own, ownT]).toEqual([x, t]);
  });

  it("writes over the logits, over the targets, and into linear memory", () => {
    const expected = binaryCrossEntropyGrad(x, t).grad;
    const [own, ownT] = [x.slice(), t.slice()];
    expect(bitsOf(binaryCrossEntropyGrad(own, t, { out: own }).grad)).toBe(bitsOf(expected));
    expect(bitsOf(binaryCrossEntropyGrad(x, ownT, { out: ownT }).grad)).toBe(bitsOf(expected));
    const resident = alloc(Float32Array, 6);
    resident.view.set(x);
    binaryCrossEntropyGrad(resident, t, { out: resident });
    expect(bitsOf(resident.view)).toBe(bitsOf(expected));
    resident.free();
  });

  it("of no elements the sum is 0, the mean NaN and the gradient empty", () => {
    expect(binaryCrossEntropy([], [], { reduction: "sum" })).toBe(0);
    const { loss, grad } = binaryCrossEntropyGrad(new Float32Array(0), [], { shape: [0, 3], weight: [1, 2, 3] });
    expect(loss).toBeNaN();
    expect(grad).toEqual(new Float32Array(0));
  });
});

it("every special number beside every weight has the same bits on both backends, beside others and alone", () => {
  const numbers = [0, -0, 1e-320, 0.5, 30, 700, 745, 800, Infinity, NaN].flatMap((x) => [x, -x]);
  const targets = [0, -0, 1, 0.25, 1 - 2 ** -53, 5e-324, -1, 2];
  const weights = [0, -0, 5e-324, 0.3, 1, 1e308];
  for (const weight of weights)
    for (const posWeight of weights) {
      const pairs = numbers.flatMap((x) => targets.map((t) => [x, t]));
      const x = Float64Array.from(pairs, ([number]) => number);
      const t = Float64Array.from(pairs, ([, target]) => target);
      const options = { reduction: "none", weight, posWeight } as const;
      const [compiled, plain] = [wasm, js].map((by) => by.binaryCrossEntropyGrad(x, t, options));
      const what = `weight ${weight}, posWeight ${posWeight}`;
      expect(bitsOf(compiled.loss) === bitsOf(plain.loss), `losses, ${what}`).toBe(true);
      expect(bitsOf(compiled.grad) === bitsOf(plain.grad), `gradient, ${what}`).toBe(true);
      pairs.forEach(([number, target], i) => {
        const alone = wasm.binaryCrossEntropyGrad(Float64Array.of(number), Float64Array.of(target), options);
        expect(Object.is(alone.loss[0], compiled.loss[i]), `${number}, ${target}, ${what}`).toBe(true);
        expect(Object.is(alone.grad[0], compiled.grad[i]), `${number}, ${target}, ${what}`).toBe(true);
      });
    }
});
