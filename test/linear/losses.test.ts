import { describe, expect, it } from "vitest";
import { crossEntropy, crossEntropyGrad, type FloatArray, instantiate } from "../../src/index.js";
import { linear, linearCrossEntropy, linearCrossEntropyGrad, linearOn } from "../../src/linear/index.js";
import { bitsOf } from "../reference/backends.js";
import { BACKENDS, gradientsOf, logitsOf, problemOf, sumInOrder, TYPES } from "./layers.js";

const SEED = 21;

interface All {
  readonly loss: number | FloatArray;
  readonly gradX: FloatArray;
  readonly gradWeight: FloatArray;
  readonly gradBias: FloatArray;
}

const bitsOfLoss = (loss: number | FloatArray): string =>
  bitsOf(typeof loss === "number" ? Float64Array.of(loss) : loss);
const bitsOfAll = ({ loss, gradX, gradWeight, gradBias }: All): string[] => [
  bitsOfLoss(loss),
  ...[gradX, gradWeight, gradBias].map(bitsOf),
];

describe.each(BACKENDS)("%s", (_, functions) => {
  describe.each(TYPES)("%s", (_key, T) => {
    const problem = problemOf(T, 21, 19, 11, SEED);
    const { x, layer, labels, rows, features, classes } = problem;
    for (const n of [0, 8, 13]) labels[n] = -100;
    const weight = Array.from({ length: classes }, (_, c) => (c * 5) % 4);
    const upstream = Array.from({ length: rows }, (_, n) => (n % 3) - 0.5);

    it.each([
      ["nothing", {}],
      ["a sum", { reduction: "sum" }],
      ["each loss", { reduction: "none" }],
      ["weights", { weight }],
      ["weights and a sum", { weight, reduction: "sum" }],
      ["smoothing", { labelSmoothing: 0.1 }],
      ["smoothing and weights", { labelSmoothing: 0.1, weight, zLoss: 0.02 }],
      ["a z-loss", { zLoss: 0.01 }],
      ["an upstream gradient", { upstream: -2.5 }],
      ["one per row", { upstream, reduction: "none" }],
      ["all of it", { upstream, reduction: "none", weight, labelSmoothing: 0.3, zLoss: 0.1 }],
    ])("with %s the loss and the gradients are those of crossEntropyGrad and three products", (_name, options) => {
      const expected = gradientsOf(T, problem, options);
      const chunks = [undefined, { rows: 4, classes: 3 }];
      for (const chunk of chunks) {
        const got = functions.chunked(chunk).linearCrossEntropyGrad(x, layer, labels, options as never) as All;
        expect(bitsOfAll(got)).toEqual(bitsOfAll(expected as All));
        const ofLoss: Record<string, unknown> = { ...options };
        delete ofLoss.upstream;
        const loss = functions.chunked(chunk).linearCrossEntropy(x, layer, labels, ofLoss) as number | FloatArray;
        expect(bitsOfLoss(loss)).toBe(
          bitsOfLoss(crossEntropy(logitsOf(T, problem), labels, { shape: [rows, classes], ...ofLoss } as object)),
        );
      }
    });

    it("targets may be probabilities", () => {
      const q = new T(rows * classes).map((_, i) => ((i * 7) % 5) / 10);
      const logits = logitsOf(T, problem);
      const { loss, grad } = crossEntropyGrad(logits, q, { shape: [rows, classes], labelSmoothing: 0.2 });
      for (const chunk of [undefined, { rows: 4, classes: 3 }]) {
        const options = { labelSmoothing: 0.2 };
        const got = functions.chunked(chunk).linearCrossEntropyGrad(x, layer, q, options) as All;
        expect(got.loss).toBe(loss);
        const gradBias = new T(classes).map((_, c) => sumInOrder(T, rows, 0, (n) => [grad[n * classes + c], 1]));
        expect(bitsOf(got.gradBias)).toBe(bitsOf(gradBias));
        expect(functions.chunked(chunk).linearCrossEntropy(x, layer, q, { ...options, shape: [rows, features] })).toBe(
          loss,
        );
      }
    });

    it("accumulate: the sums start from what out holds, and outputs that are not given are new", () => {
      const start = problemOf(T, rows, features, classes, SEED + 1);
      const { grad } = crossEntropyGrad(logitsOf(T, problem), labels);
      const valid = Array.from(labels.keys()).filter((n) => labels[n] >= 0);
      const expected = {
        x: start.x.map((value, at) => {
          const n = Math.floor(at / features);
          const w = (c: number) => layer.weight[c * features + (at % features)];
          return labels[n] < 0 ? value : sumInOrder(T, classes, value, (c) => [grad[n * classes + c], w(c)]);
        }),
        weight: start.layer.weight.map((value, at) => {
          const c = Math.floor(at / features);
          const of = (n: number) => [grad[n * classes + c], x[n * features + (at % features)]] as const;
          return sumInOrder(T, valid.length, value, (k) => of(valid[k]));
        }),
        bias: start.layer.bias.map((value, c) =>
          sumInOrder(T, valid.length, value, (k) => [grad[valid[k] * classes + c], 1]),
        ),
      };
      for (const chunk of [undefined, { rows: 4, classes: 3 }]) {
        const out = { x: start.x.slice(), weight: start.layer.weight.slice(), bias: start.layer.bias.slice() };
        const got = functions.chunked(chunk).linearCrossEntropyGrad(x, layer, labels, { out, accumulate: true }) as All;
        expect(got.gradX).toBe(out.x);
        expect(got.gradWeight).toBe(out.weight);
        expect(got.gradBias).toBe(out.bias);
        expect([out.x, out.weight, out.bias].map(bitsOf)).toEqual(
          [expected.x, expected.weight, expected.bias].map(bitsOf),
        );
        const weightAlone = { weight: start.layer.weight.slice() };
        const partly = functions
          .chunked(chunk)
          .linearCrossEntropyGrad(x, layer, labels, { out: weightAlone, accumulate: true }) as All;
        expect(bitsOf(weightAlone.weight)).toBe(bitsOf(expected.weight));
        expect(bitsOf(partly.gradX)).toBe(bitsOf(gradientsOf(T, problem).gradX));
      }
    });

    it("out: what it held is overwritten, also in ignored rows", () => {
      const expected = gradientsOf(T, problem) as All;
      const out = { x: x.map(() => 7), weight: layer.weight.map(() => 7), bias: layer.bias.map(() => 7) };
      functions.linearCrossEntropyGrad(x, layer, labels, { out });
      expect([out.x, out.weight, out.bias].map(bitsOf)).toEqual(bitsOfAll(expected).slice(1));
      const losses = new T(rows).fill(7);
      const each = functions.linearCrossEntropy(x, layer, labels, { reduction: "none", out: losses });
      expect(each).toBe(losses);
      expect(bitsOf(losses)).toBe(
        bitsOf(crossEntropy(logitsOf(T, problem), labels, { reduction: "none" }) as FloatArray),
      );
    });

    it("gradX: false gives null, and all else as with it", () => {
      const all = functions.linearCrossEntropyGrad(x, layer, labels) as All;
      const without = functions.linearCrossEntropyGrad(x, layer, labels, { gradX: false });
      expect(without.gradX).toBeNull();
      expect(without).toEqual({ ...all, gradX: null });
      expect(functions.linearCrossEntropyGrad(x, layer, labels, { gradX: true })).toEqual(all);
    });

    it("a layer without bias has a gradient of null, and the rest of one with zeros", () => {
      const { weight } = layer;
      const without = functions.linearCrossEntropyGrad(x, { weight }, labels);
      expect(without.gradBias).toBeNull();
      const zeros = functions.linearCrossEntropyGrad(x, { weight, bias: new T(classes) }, labels);
      expect({ ...without, gradBias: zeros.gradBias }).toEqual(zeros);
    });

    it("ignored rows are not read: NaN in them changes nothing", () => {
      const expected = functions.linearCrossEntropyGrad(x, layer, labels) as All;
      const poisoned = x.slice();
      for (const n of [0, 8, 13]) poisoned.fill(NaN, n * features, (n + 1) * features);
      expect(functions.linearCrossEntropyGrad(poisoned, layer, labels)).toEqual(expected);
      expect(functions.linearCrossEntropy(poisoned, layer, labels)).toBe(expected.loss);
    });

    it.each([
      ["all rows are ignored", {}, -100],
      ["the weights of the labels are 0", { weight: [1, ...Array<number>(classes - 1).fill(0)] }, 3],
    ])("a mean is NaN and the gradients are 0 where %s", (_name, options, label) => {
      const none = new Int32Array(rows).fill(label);
      const out = { x: x.map(() => 7), weight: layer.weight.map(() => 7), bias: layer.bias.map(() => 7) };
      const got = functions.linearCrossEntropyGrad(x, layer, none, { ...options, out }) as All;
      expect(got.loss).toBeNaN();
      for (const array of Object.values(out)) expect(array.every((value) => Object.is(value, 0))).toBe(true);
      expect(functions.linearCrossEntropyGrad(x, layer, none, options)).toEqual(got);
      const before = { weight: layer.weight.map(() => 7) };
      functions.linearCrossEntropyGrad(x, layer, none, { ...options, out: before, accumulate: true });
      expect(before.weight.every((value) => value === 7)).toBe(true);
    });

    it("no rows: empty results, gradients of 0, a sum of 0, a mean of NaN", () => {
      const empty = new T(0);
      expect(functions.linear(empty, layer)).toEqual(empty);
      const got = functions.linearCrossEntropyGrad(empty, layer, [], { reduction: "sum" }) as All;
      expect(got).toEqual({
        loss: 0,
        gradX: empty,
        gradWeight: layer.weight.map(() => 0),
        gradBias: layer.bias.map(() => 0),
      });
      expect(functions.linearCrossEntropy(empty, layer, new Int32Array(0))).toBeNaN();
      expect(functions.linearCrossEntropy(empty, { weight: layer.weight }, [], { shape: [0, features] })).toBeNaN();
    });

    it("one class: a loss of 0 and gradients of 0", () => {
      const { x: rowsOf, layer: single } = problemOf(T, 5, 3, 1, SEED);
      const got = functions.linearCrossEntropyGrad(rowsOf, single, new Int32Array(5)) as All;
      expect(got.loss).toBe(0);
      for (const array of [got.gradX, got.gradWeight, got.gradBias]) expect(array.every((g) => g === 0)).toBe(true);
    });

    it("a confident row keeps its digits: the loss and the gradient of a label that leads by 20", () => {
      const two = { weight: T.of(20, 0), bias: T.of(0, 0) };
      const { loss, gradBias } = functions.linearCrossEntropyGrad(T.of(1), two, [0]) as All;
      expect(loss).toBeCloseTo(2.061e-9, 12);
      expect(gradBias[0]).toBeLessThan(-2e-9);
    });
  });

  it("plain numbers and rows of them give the like, computed in f64", () => {
    const weight = [
      [1, 0],
      [0, 1],
      [1, 1],
    ];
    const rows = [
      [2, 3],
      [0.1, -1],
    ];
    const layer = { weight, bias: [0, 0, 0.5] };
    const logits = functions.linear(rows, layer);
    expect(logits).toEqual([
      [2, 3, 5.5],
      [0.1, -1, -0.4],
    ]);
    expect(functions.linear(rows.flat(), { weight: weight.flat(), bias: layer.bias })).toEqual(logits.flat());
    const { loss, gradX, gradWeight, gradBias } = functions.linearCrossEntropyGrad(rows, layer, [2, 0]);
    const { loss: expected, grad } = crossEntropyGrad(logits, [2, 0]);
    expect(loss).toBe(expected);
    expect(gradX[1]).toEqual([0, 1].map((d) => grad[1].reduce((sum, g, c) => sum + g * weight[c][d], 0)));
    expect(gradWeight).toHaveLength(3);
    expect(gradWeight[2][1]).toBe(grad[0][2] * 3 + grad[1][2] * -1);
    expect(gradBias).toEqual([0, 1, 2].map((c) => grad[0][c] + grad[1][c]));
    const flat = functions.linearCrossEntropyGrad(rows.flat(), { weight: weight.flat() }, [2, 0], { shape: [2, 2] });
    expect(Array.isArray(flat.gradX) && Array.isArray(flat.gradWeight)).toBe(true);
    const losses = functions.linearCrossEntropy(rows, layer, [2, 0], { reduction: "none" });
    expect(losses).toEqual(crossEntropy(logits, [2, 0], { reduction: "none" }));
    const soft = functions.linearCrossEntropy(rows.flat(), layer, [
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(soft).toBe(loss);
  });

  it("a number is the label of one row, whose loss is a number", () => {
    const layer = { weight: Float32Array.of(1, 0, 0, 1), classes: 2 };
    const x = Float32Array.of(1, 2);
    const expected = crossEntropy(x, 1);
    expect(functions.linear(x, layer)).toEqual(x);
    expect(functions.linear(x, { weight: layer.weight })).toEqual(x);
    expect(functions.linearCrossEntropy(x, layer, 1)).toBe(expected);
    expect(functions.linearCrossEntropy(x, layer, 1n, { reduction: "none" })).toBe(Math.fround(expected));
    expect(functions.linearCrossEntropyGrad(x, layer, 1, { reduction: "none" }).loss).toBe(Math.fround(expected));
  });
});

describe("arrays in linear memory", () => {
  const [, functions, instance] = BACKENDS[0];

  it("are used in place, and given back", () => {
    const { x, layer, labels } = problemOf(Float32Array, 9, 5, 4, SEED);
    const resident = (array: FloatArray) => {
      const made = instance.alloc(Float32Array, array.length);
      made.view.set(array);
      return made;
    };
    const at = { x: resident(x), weight: resident(layer.weight), bias: resident(layer.bias) };
    const out = { x: resident(x), weight: resident(layer.weight), bias: resident(layer.bias) };
    const logits = instance.alloc(Float32Array, 36);
    const into = { weight: at.weight, bias: at.bias };
    expect(functions.linear(at.x, into, { out: logits })).toBe(logits);
    expect(logits.view).toEqual(functions.linear(x, layer));
    const got = functions.linearCrossEntropyGrad(at.x, into, labels, { out });
    expect(got.gradX).toBe(out.x);
    expect(got.gradWeight).toBe(out.weight);
    expect(got.gradBias).toBe(out.bias);
    const expected = functions.linearCrossEntropyGrad(x, layer, labels) as All;
    expect([out.x.view, out.weight.view, out.bias.view]).toEqual([
      expected.gradX,
      expected.gradWeight,
      expected.gradBias,
    ]);
    expect(at.x.view).toEqual(x);
    // A view of its memory is used in place too, and what comes back is attached.
    const view = functions.linearCrossEntropyGrad(at.x.view, into, labels, { out: { x: out.x.view } }).gradX;
    expect(view).toEqual(expected.gradX);
    for (const array of [...Object.values(at), ...Object.values(out), logits]) array.free();
  });
});

describe("arrays in linear memory, of the options", () => {
  const [, functions, instance] = BACKENDS[0];
  const { x, layer, labels } = problemOf(Float64Array, 9, 5, 4, SEED);
  const resident = (array: FloatArray) => {
    const made = instance.alloc(Float64Array, array.length);
    made.view.set(array);
    return made;
  };

  it("may be the losses, without ignored rows and with them", () => {
    for (const ignored of [false, true]) {
      const some = labels.map((label, n) => (ignored && n === 4 ? -100 : label));
      const out = resident(new Float64Array(9).fill(7));
      expect(functions.linearCrossEntropy(x, layer, some, { reduction: "none", out })).toBe(out);
      expect(out.view).toEqual(functions.linearCrossEntropy(x, layer, some, { reduction: "none" }));
      out.free();
    }
  });

  it("may be probabilities as targets, in chunks too", () => {
    const q = new Float64Array(36).map((_, i) => ((i * 5) % 7) / 7);
    const expected = functions.linearCrossEntropyGrad(x, layer, q);
    const at = resident(q);
    for (const chunk of [undefined, { rows: 2, classes: 3 }]) {
      expect(functions.chunked(chunk).linearCrossEntropyGrad(x, layer, at)).toEqual(expected);
    }
    at.free();
  });

  it("may be what gradients are added to, also where all rows are ignored", () => {
    const start = problemOf(Float64Array, 9, 5, 4, SEED + 1);
    const ordinary = { x: start.x.slice(), weight: start.layer.weight.slice(), bias: start.layer.bias.slice() };
    const out = { x: resident(start.x), weight: resident(start.layer.weight), bias: resident(start.layer.bias) };
    for (const some of [labels, labels.map(() => -100)]) {
      functions.linearCrossEntropyGrad(x, layer, some, { out: ordinary, accumulate: true });
      functions.linearCrossEntropyGrad(x, layer, some, { out, accumulate: true });
      expect([out.x.view, out.weight.view, out.bias.view]).toEqual(Object.values(ordinary));
    }
    for (const array of Object.values(out)) array.free();
  });
});

describe("linearOn", () => {
  const { x, layer, labels } = problemOf(Float32Array, 5, 4, 3, SEED);

  it.each(["wasm", "js"] as const)("computes on an instance, whose arrays it uses in place: %s", (backend) => {
    const instance = instantiate({ backend });
    const functions = linearOn(instance);
    const out = instance.alloc(Float32Array, 15);
    expect(functions.linear(x, layer, { out })).toBe(out);
    expect(out.view).toEqual(linear(x, layer));
    expect(functions.linearCrossEntropy(x, layer, labels)).toBe(linearCrossEntropy(x, layer, labels));
    expect(functions.linearCrossEntropyGrad(x, layer, labels)).toEqual(linearCrossEntropyGrad(x, layer, labels));
  });

  it.each([[undefined], [null], [7], [{}], [{ backend: () => ({ kind: "wasm" }) }]])("refuses %o", (instance) => {
    expect(() => linearOn(instance as never)).toThrow(
      expect.objectContaining({ name: "TypeError", code: "ERR_OPTION" }) as Error,
    );
  });
});
