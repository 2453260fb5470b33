// Tensors of the real libraries, in and out again.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Tensor as TransformersTensor } from "@huggingface/transformers";
import StdlibArray from "@stdlib/ndarray-base-ctor";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import ndarray from "ndarray";
import ort from "onnxruntime-node";
import * as library from "../../../dist/index.js";
import * as interop from "../../../dist/interop.js";
import { onnxModel } from "../peers/onnxModel.mjs";

const shape = [4, 3];
const values = [2, 1, -0.5, 0, 3, 1, 0.25, 0.5, -8, 7, -7, 0];
const labels = [0, 1, -100, 2];
const logits = Float32Array.from(values);
const p = library.softmax(logits, { shape });
const none = library.crossEntropyGrad(logits, labels, { reduction: "none" });
const mean = library.crossEntropyGrad(logits, labels);

const rows = (array, cols = shape[1]) =>
  Array.from({ length: array.length / cols }, (_, r) => Array.from(array.slice(r * cols, (r + 1) * cols)));
const transposed = rows(logits)[0].flatMap((_, c) => rows(logits).map((row) => row[c]));

/** Relative, as the smallest of these probabilities is 3e-7; a log-softmax of −15 alone is rounded by 5e-7. */
function assertNear(actual, expected) {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) < 4e-6 * expected[i], `${value}, ${expected[i]}`),
  );
}

for (const [name, Tensor] of [
  ["onnxruntime", ort.Tensor],
  ["transformers.js", TransformersTensor],
]) {
  describe(`${name}'s Tensor`, () => {
    const x = new Tensor("float32", logits, shape);
    const y = new Tensor("int64", BigInt64Array.from(labels, BigInt), [4]);
    const again = ({ type, data, dims }) => new Tensor(type, data, dims);

    it("goes in and out", () => {
      const tensor = again(interop.softmax(x));
      assert.deepEqual([tensor.type, [...tensor.dims], tensor.data], ["float32", shape, p]);
      const { data, dims } = again(interop.logSumExp(x));
      assert.deepEqual([data, [...dims]], [library.logSumExp(logits, { shape }), [4]]);
    });

    it("goes through the losses, with labels of int64", () => {
      assert.equal(interop.crossEntropy(x, y), mean.loss);
      const { loss, grad } = interop.crossEntropyGrad(x, y, { reduction: "none" });
      assert.deepEqual([again(loss).data, again(grad).data], [none.loss, none.grad]);
    });

    it("comes back by `like`", () => {
      const tensor = interop.like(x, interop.softmax(x));
      assert.ok(tensor instanceof Tensor);
      assert.deepEqual([tensor.type, [...tensor.dims], tensor.data], ["float32", shape, p]);
      const losses = interop.like(x, interop.crossEntropy(x, y, { reduction: "none" }));
      assert.deepEqual([losses.data, [...losses.dims]], [none.loss, [4]]);
    });

    it("goes through in f64", () => {
      const tensor = again(interop.softmax(new Tensor("float64", Float64Array.from(values), shape)));
      assert.deepEqual(tensor.data, library.softmax(Float64Array.from(values), { shape }));
      assert.equal(tensor.type, "float64");
    });

    it("goes through in halves, in the array that this engine has for them", () => {
      // 2, 1, −0.5 and 0, exactly.
      const bits = Uint16Array.of(0x4000, 0x3c00, 0xb800, 0);
      const halves = new Tensor("float16", bits, [1, 4]);
      const tensor = again(interop.softmax(halves));
      assert.equal(tensor.type, "float16");
      assert.equal(tensor.data.constructor, halves.data.constructor);
      const of = ({ buffer, byteOffset, length }) => new Uint16Array(buffer, byteOffset, length);
      // 0.6308, 0.2321, 0.0518, 0.0854 to 11 bits, by numpy.
      assert.deepEqual(of(tensor.data), Uint16Array.of(0x390c, 0x336d, 0x2aa1, 0x2d77));
    });

    it("of halves is added to", () => {
      const ones = new Tensor("float16", new Uint16Array(4).fill(0x3c00), [1, 4]);
      const out = ones.data.slice();
      const { grad } = interop.crossEntropyGrad(ones, [0], { out, accumulate: true });
      assert.equal(grad.data, out);
      // 1 − 0.75 and three times 1 + 0.25.
      assert.deepEqual(new Uint16Array(out.buffer), Uint16Array.of(0x3400, 0x3d00, 0x3d00, 0x3d00));
    });

    it("of another type is refused", () => {
      const integers = new Tensor("int32", Int32Array.of(1, 2), [2]);
      assert.throws(() => interop.softmax(integers), { code: "ERR_DTYPE" });
    });
  });
}

describe("onnxruntime's Tensor", () => {
  it("comes from a session and goes into one", async () => {
    const model = (operator) =>
      onnxModel(operator, [{ name: "x", type: "float32", shape }], [{ name: "y", type: "float32" }], { axis: -1 });
    const run = async (operator, x) => (await (await ort.InferenceSession.create(model(operator))).run({ x })).y;
    const theirs = await run("Softmax", new ort.Tensor("float32", logits, shape));
    const ours = interop.softmax(await run("LogSoftmax", new ort.Tensor("float32", logits, shape)));
    assertNear(ours.data, theirs.data);
    const twice = await run("Softmax", new ort.Tensor(ours.type, ours.data, ours.dims));
    assert.deepEqual([...twice.dims], shape);
  });

  it("on the GPU is refused, with the way to bring it", () => {
    const buffer = { usage: 0 };
    const x = ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: shape });
    const message = 'x.location: expected "cpu", where getData() brings it, got "gpu-buffer"';
    assert.throws(() => interop.softmax(x), { name: "RangeError", code: "ERR_LOCATION", message });
  });

  it("that is disposed is refused", () => {
    const x = new ort.Tensor("float32", Float32Array.of(1, 2), [2]);
    x.dispose();
    assert.throws(() => interop.softmax(x), { code: "ERR_LOCATION" });
  });
});

describe("TensorFlow.js's Tensor", () => {
  const x = tf.tensor(logits, shape);

  it("goes in and out", () => {
    const { data, dims, type } = interop.softmax(x);
    const tensor = tf.tensor(data, dims, type);
    assert.deepEqual([tensor.shape, tensor.dataSync()], [shape, p]);
    assertNear(tf.softmax(x).dataSync(), p);
  });

  it("goes through the losses, with labels of int32", () => {
    const y = tf.tensor1d(labels, "int32");
    assert.equal(interop.crossEntropy(x, y), mean.loss);
    assert.deepEqual(interop.crossEntropyGrad(x, y, { reduction: "none" }).grad.data, none.grad);
  });

  it("goes through the losses, with tf.oneHot's targets in int32", () => {
    const y = tf.tensor1d([0, 1, 1, 2], "int32");
    const oneHot = tf.oneHot(y, 3);
    assert.equal(oneHot.dtype, "int32");
    const expected = tf.losses.softmaxCrossEntropy(oneHot, x).dataSync()[0];
    assert.ok(Math.abs(interop.crossEntropy(x, oneHot) - expected) < 1e-6 * expected);
    assert.ok(Math.abs(interop.crossEntropy(x, y) - expected) < 1e-6 * expected);
    const two = tf.tensor2d([2, 1, 0.1, 0, 3, 1], [2, 3]);
    assert.equal(interop.crossEntropy(two, tf.oneHot(tf.tensor1d([0, 1], "int32"), 3)).toFixed(5), "0.29344");
  });

  it("goes in as it is after a cast, which leaves it in the array of its old type", () => {
    const cast = tf.cast(tf.tensor2d([2, 1, 0, 0, 3, 1], [2, 3], "int32"), "float32");
    assert.ok(cast.dataSync() instanceof Int32Array, "or else the conversion is not tested");
    const floats = tf.tensor2d([2, 1, 0, 0, 3, 1], [2, 3]);
    assert.deepEqual(interop.softmax(cast), interop.softmax(floats));
    const booleans = tf.cast(tf.tensor1d([false, true], "bool"), "int32");
    assert.ok(booleans.dataSync() instanceof Uint8Array);
    assert.equal(interop.crossEntropy(floats, booleans), interop.crossEntropy(floats, [0, 1]));
  });

  it("goes in as the upstream gradient", () => {
    const upstream = tf.tensor1d([1, -2, 3, 0.5]);
    const { grad } = interop.crossEntropyGrad(x, labels, { reduction: "none", upstream });
    const expected = library.crossEntropyGrad(logits, labels, { reduction: "none", upstream: [1, -2, 3, 0.5] });
    assert.deepEqual(grad.data, expected.grad);
    const three = interop.crossEntropyGrad(x, labels, { upstream: tf.scalar(3) }).grad.data;
    assert.deepEqual(three, library.crossEntropyGrad(logits, labels, { upstream: 3 }).grad);
  });

  it("keeps its elements", () => {
    interop.crossEntropyGrad(x, labels);
    assert.deepEqual(x.dataSync(), logits);
  });

  it("of another type is refused", () => {
    assert.throws(() => interop.softmax(tf.tensor1d([1, 2], "int32")), { code: "ERR_DTYPE" });
    assert.throws(() => interop.softmax(tf.tensor1d([true, false], "bool")), { code: "ERR_DTYPE" });
    assert.throws(() => interop.softmax(tf.tensor1d(["a"])), { code: "ERR_DTYPE" });
  });
});

describe("scijs's ndarray", () => {
  const array = ndarray(logits, shape);

  it("goes in and out", () => {
    const { data, dims } = interop.softmax(array);
    const result = ndarray(data, dims);
    assert.equal(result.get(3, 0), p[9]);
    assert.deepEqual(data, p);
  });

  it("goes in as any view of it", () => {
    const expectRows = (view, dims, expected) => {
      const result = interop.softmax(view);
      assert.deepEqual(
        [result.dims, result.data],
        [dims, library.softmax(Float32Array.from(expected.flat()), { shape: dims })],
      );
    };
    expectRows(array.transpose(1, 0), [3, 4], transposed);
    expectRows(array.step(-1, 1), shape, rows(logits).reverse());
    expectRows(
      array.step(2, -2),
      [2, 2],
      [rows(logits)[0], rows(logits)[2]].map((row) => [row[2], row[0]]),
    );
    expectRows(
      array.lo(1, 1).hi(2, 2),
      [2, 2],
      rows(logits)
        .slice(1, 3)
        .map((row) => row.slice(1)),
    );
    expectRows(array.pick(2, null), [3], rows(logits)[2]);
  });

  it("goes through the losses, with labels in one", () => {
    assert.equal(interop.crossEntropy(array, ndarray(Int32Array.from(labels))), mean.loss);
    assert.equal(interop.crossEntropy(array, ndarray(Int32Array.from(labels).reverse()).step(-1)), mean.loss);
  });

  it("of plain numbers is computed in f64, and gives plain numbers", () => {
    const { type, data } = interop.softmax(ndarray(values, shape));
    const expected = Array.from(library.softmax(Float64Array.from(values), { shape }));
    assert.deepEqual([type, data], ["float64", expected]);
    assert.equal(ndarray(data, shape).get(3, 0), expected[9]);
  });
});

describe("stdlib's ndarray", () => {
  it("goes in by rows and by columns, forwards and backwards", () => {
    const byRows = new StdlibArray("float32", logits, shape, [3, 1], 0, "row-major");
    const byColumns = new StdlibArray("float32", Float32Array.from(transposed), shape, [1, 4], 0, "column-major");
    const backwards = new StdlibArray("float32", logits.slice().reverse(), shape, [-3, -1], 11, "row-major");
    for (const array of [byRows, byColumns, backwards]) {
      assert.deepEqual(interop.softmax(array), { type: "float32", dims: shape, data: p });
    }
  });

  it("takes the result", () => {
    const { type, data, dims } = interop.softmax(new StdlibArray("float32", logits, shape, [3, 1], 0, "row-major"));
    const result = new StdlibArray(type, data, dims, [3, 1], 0, "row-major");
    assert.equal(result.get(1, 1), p[4]);
  });

  it("of integers is refused", () => {
    const integers = new StdlibArray("int32", Int32Array.of(1, 2), [2], [1], 0, "row-major");
    assert.throws(() => interop.softmax(integers), { code: "ERR_DTYPE" });
  });
});
