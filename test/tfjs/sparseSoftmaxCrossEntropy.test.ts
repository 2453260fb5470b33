// The loss on a stand-in of TensorFlow.js; test/e2e/tfjs/ has the real one.

import { afterEach, describe, expect, it } from "vitest";
import * as tf from "../documentation/standIns/tensorflow.js";
import * as library from "../../src/index.js";
import { sparseSoftmaxCrossEntropy } from "../../src/tfjs/index.js";

const shape = [4, 3];
const elements = Float32Array.of(2, 1, -0.5, 0, 3, 1, 0.25, 0.5, -8, 7, -7, 0);
const classes = [0, 1, -100, 2];
const logits = () => tf.tensor(elements.slice(), shape);
const labels = tf.tensor(classes, [4], "int32");

afterEach(() => tf.setBackend("cpu"));

const BACKENDS = ["cpu", "wasm", "tensorflow"];

/** Each with what it means in the library. */
const OPTIONS = [
  {},
  { reduction: "sum" },
  { labelSmoothing: 0.1, zLoss: 0.01, temperature: 2 },
  { weight: [1, 2, 0.5], ignoreIndex: 2 },
] as const;

describe.each(BACKENDS)("the loss on the backend %s", (backend) => {
  it.each(OPTIONS)("is the library's, and so is its gradient: %o", (options) => {
    tf.setBackend(backend);
    const y = "ignoreIndex" in options ? [0, 1, 1, 2] : classes;
    const expected = library.crossEntropyGrad(elements, y, options);
    const loss = sparseSoftmaxCrossEntropy(tf, options);
    const targets = tf.tensor(y, [4], "int32");
    const x = logits();
    expect(loss(targets, x).dataSync()[0]).toBe(Math.fround(expected.loss));
    expect(loss(targets, x).shape).toEqual([]);
    const gradient = tf.grad((z) => loss(targets, z))(x);
    expect(gradient.dataSync()).toEqual(expected.grad);
    expect([gradient.shape, gradient.dtype]).toEqual([shape, "float32"]);
    expect(x.dataSync(), "left alone").toEqual(elements);
  });

  it("gives one loss per position, of which each has its upstream gradient", () => {
    tf.setBackend(backend);
    const loss = sparseSoftmaxCrossEntropy(tf, { reduction: "none" });
    const expected = library.crossEntropy(elements, classes, { reduction: "none" });
    const losses = loss(labels, logits());
    expect([losses.shape, losses.dataSync()]).toEqual([[4], expected]);
    const upstream = Float32Array.of(1, -2, 5, 0.25);
    const gradient = tf.grad((z) => loss(labels, z))(logits(), tf.tensor(upstream, [4]));
    const { grad } = library.crossEntropyGrad(elements, classes, { reduction: "none", upstream });
    expect(gradient.dataSync()).toEqual(grad);
  });

  it("multiplies its gradient by what comes from above", () => {
    tf.setBackend(backend);
    const loss = sparseSoftmaxCrossEntropy(tf);
    const gradient = tf.grad((z) => loss(labels, z))(logits(), tf.scalar(3));
    expect(gradient.dataSync()).toEqual(library.crossEntropyGrad(elements, classes, { upstream: 3 }).grad);
  });
});

describe("labels", () => {
  const loss = sparseSoftmaxCrossEntropy(tf);
  const expected = Math.fround(library.crossEntropy(elements, classes));

  it.each([
    ["int32", [4], "int32"],
    ["int32 in a column", [4, 1], "int32"],
    ["float32", [4], "float32"],
    ["float32 in a column", [4, 1], "float32"],
  ])("may be of %s", (_, sizes, dtype) => {
    expect(loss(tf.tensor(classes, sizes, dtype), logits()).dataSync()[0]).toBe(expected);
  });

  it("may be cast to float32 by name alone, as the logits", () => {
    const integers = Int32Array.of(2, 1, 0, 0, 3, 1);
    const ours = loss(tf.tensor(Int32Array.of(0, 1), [2], "float32"), tf.tensor(integers, [2, 3]));
    expect(ours.dataSync()[0]).toBe(Math.fround(library.crossEntropy(Float32Array.from(integers), [0, 1])));
    expect(integers).toEqual(Int32Array.of(2, 1, 0, 0, 3, 1));
  });

  it("are for any number of axes before the classes", () => {
    const x = tf.tensor(elements, [2, 2, 3]);
    for (const sizes of [
      [2, 2],
      [2, 2, 1],
    ]) {
      expect(loss(tf.tensor(classes, sizes, "int32"), x).dataSync()[0]).toBe(expected);
    }
    const none = sparseSoftmaxCrossEntropy(tf, { reduction: "none" });
    expect(none(tf.tensor(classes, [2, 2, 1], "int32"), x).shape).toEqual([2, 2]);
  });
});

describe("a weight", () => {
  it("may be a tensor", () => {
    const weight = tf.tensor([1, 2, 0.5]);
    const loss = sparseSoftmaxCrossEntropy(tf, { weight });
    const expected = library.crossEntropy(elements, classes, { weight: [1, 2, 0.5] });
    expect(loss(labels, logits()).dataSync()[0]).toBe(Math.fround(expected));
  });
});

describe("the gradient of the gradient", () => {
  const v = Float32Array.of(1, -2, 0.5, 0, 4, -1, 3, 3, 3, 0.5, 0.25, -1);

  /** What multiplies v, element by element. */
  const direction = (by: (position: number) => number) => v.map((each, i) => each * by(Math.floor(i / 3)));

  it.each(["mean", "sum"] as const)("is the Hessian times a vector: %s", (reduction) => {
    const loss = sparseSoftmaxCrossEntropy(tf, { reduction });
    const gradient = (above: number) => (z: tf.Tensor) => tf.grad((u) => loss(labels, u))(z, tf.scalar(above));
    const twice = (above: number) => tf.grad(gradient(above))(logits(), tf.tensor(v, shape)).dataSync();
    expect(twice(1)).toEqual(library.crossEntropyHvp(elements, classes, v, { reduction }));
    const expected = library.crossEntropyHvp(
      elements,
      classes,
      direction(() => 3),
      { reduction },
    );
    expect(twice(3)).toEqual(expected);
  });

  it("is that of each position times its upstream gradient", () => {
    const loss = sparseSoftmaxCrossEntropy(tf, { reduction: "none" });
    const above = [1, -2, 5, 0.25];
    const gradient = (z: tf.Tensor) => tf.grad((u) => loss(labels, u))(z, tf.tensor(above));
    const twice = tf.grad(gradient)(logits(), tf.tensor(v, shape)).dataSync();
    const scaled = direction((n) => above[n]);
    expect(twice).toEqual(library.crossEntropyHvp(elements, classes, scaled, { reduction: "none" }));
  });

  it("has a part by what came from above: the gradient along the vector", () => {
    const along = (grad: ArrayLike<number>, from: number, to: number) =>
      Math.fround(v.slice(from, to).reduce((sum, each, i) => sum + each * grad[from + i], 0));
    for (const reduction of ["mean", "none"] as const) {
      const loss = sparseSoftmaxCrossEntropy(tf, { reduction } as { reduction: "mean" });
      const x = logits();
      const above = reduction === "none" ? tf.tensor([2, 3, 4, 5]) : tf.scalar(2);
      const gradient = (dy: tf.Tensor) => tf.grad((u) => loss(labels, u))(x, dy);
      const { grad } = library.crossEntropyGrad(elements, classes, { reduction } as object);
      const byAbove = Array.from(tf.grad(gradient)(above, tf.tensor(v, shape)).dataSync());
      const expected =
        reduction === "none" ? [0, 3, 6, 9].map((from) => along(grad, from, from + 3)) : [along(grad, 0, 12)];
      expect(byAbove).toHaveLength(expected.length);
      byAbove.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    }
  });

  it("has no gradient of its own: a third one is refused", () => {
    const loss = sparseSoftmaxCrossEntropy(tf);
    const first = (z: tf.Tensor) => tf.grad((u) => loss(labels, u))(z);
    const second = (z: tf.Tensor) => tf.grad(first)(z);
    expect(() => tf.grad(second)(logits())).toThrow("tf: expected at most two nested gradients of the loss, got three");
  });
});

describe("refusals", () => {
  const loss = sparseSoftmaxCrossEntropy(tf);
  const call = (y: unknown, x: unknown) => () => loss(y as tf.Tensor, x as tf.Tensor);
  const made = (options: unknown) => () => sparseSoftmaxCrossEntropy(tf, options as object);

  it.each([
    ["options that are none", made(5), "Type", "ERR_OPTION", "options: expected a plain object, got 5"],
    [
      "an option that is none",
      made({ axis: 1 }),
      "Type",
      "ERR_OPTION",
      'options: expected only reduction, ignoreIndex, labelSmoothing, temperature, zLoss, weight, allowGpu, got "axis"',
    ],
    [
      "a wrong value",
      made({ labelSmoothing: 2 }),
      "Range",
      "ERR_OPTION",
      /^labelSmoothing: expected a number in \[0, 1]/,
    ],
    [
      "a wrong permission",
      made({ allowGpu: "yes" }),
      "Type",
      "ERR_OPTION",
      'allowGpu: expected true or false, got "yes"',
    ],
    [
      "one-hot rows",
      call(tf.tensor(new Float32Array(12), shape), logits()),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [4] or [4, 1], to fit logits, got [4, 3]; one-hot rows are for tf.losses.softmaxCrossEntropy",
    ],
    [
      "too few labels",
      call(tf.tensor([0], [1], "int32"), logits()),
      "Range",
      "ERR_SHAPE",
      "targets: expected a tensor of shape [4] or [4, 1], to fit logits, got [1]",
    ],
    [
      "a label that is none",
      call(tf.tensor([0, 1, 2, 3], [4], "int32"), logits()),
      "Range",
      "ERR_LABEL",
      "targets[3]: expected an integer in [0, 3), got 3",
    ],
    [
      "a fraction",
      call(tf.tensor([0, 1, 0.5, 2]), logits()),
      "Range",
      "ERR_LABEL",
      "targets[2]: expected an integer in [0, 3), got 0.5",
    ],
    [
      "labels in an array",
      call([0, 1, 2, 0], logits()),
      "Type",
      "ERR_DTYPE",
      "targets: expected a tensor of TensorFlow.js, got an array of 4",
    ],
    [
      "logits in an array",
      call(labels, elements),
      "Type",
      "ERR_DTYPE",
      "logits: expected a tensor of TensorFlow.js, got Float32Array(12)",
    ],
    [
      "logits of integers",
      call(labels, tf.tensor(Int32Array.from(elements), shape, "int32")),
      "Type",
      "ERR_DTYPE",
      'logits.dtype: expected float16, float32, float64, got "int32"',
    ],
  ] as const)("%s", (_, run, type, code, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type === "Type" ? TypeError : RangeError);
    expect(run).toThrow(expect.objectContaining({ code }));
  });

  it.each(["webgl", "webgpu", "one of the user's"])("a backend that may be on a GPU, unless asked: %s", (backend) => {
    tf.setBackend(backend);
    const message =
      "tf: expected a backend on the CPU (cpu, wasm, tensorflow), or the option allowGpu: true, which copies tensors from the GPU at " +
      `each call, got "${backend}"`;
    expect(call(labels, logits())).toThrow(message);
    expect(call(labels, logits())).toThrow(expect.objectContaining({ name: "RangeError", code: "ERR_LOCATION" }));
    const asked = sparseSoftmaxCrossEntropy(tf, { allowGpu: true });
    expect(asked(labels, logits()).dataSync()[0]).toBe(Math.fround(library.crossEntropy(elements, classes)));
  });

  it.each([
    [undefined, "undefined"],
    [{ labelSmoothing: 0.1 }, "an object (Object)"],
  ])("refuses what is not TensorFlow.js in its place: %s", (other, got) => {
    const call = () => sparseSoftmaxCrossEntropy(other as never);
    expect(call).toThrow(`tf: expected the module of TensorFlow.js, got ${got}`);
    expect(call).toThrow(expect.objectContaining({ name: "TypeError", code: "ERR_OPTION" }));
  });
});
