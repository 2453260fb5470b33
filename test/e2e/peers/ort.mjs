// The first peer: ONNX Runtime's CPU kernels, at models of one node.

import ort from "onnxruntime-node";
import { onnxModel } from "./onnxModel.mjs";

export const version = `onnxruntime-node ${ort.env.versions.node}`;

const sessions = new Map();

/** A session for a model, made once. */
async function run(operator, feeds, outputs, attributes) {
  const inputs = Object.entries(feeds).map(([name, { type, dims }]) => ({ name, type, shape: dims }));
  const key = JSON.stringify([operator, inputs, outputs, attributes]);
  if (!sessions.has(key)) {
    const model = onnxModel(operator, inputs, outputs, attributes);
    sessions.set(key, await ort.InferenceSession.create(model, { logSeverityLevel: 4, intraOpNumThreads: 1 }));
  }
  const results = await sessions.get(key).run(feeds);
  return outputs.map(({ name }) => results[name].data);
}

const typeOf = (x) => (x instanceof Float64Array ? "float64" : "float32");
const tensor = (x, shape) => new ort.Tensor(typeOf(x), x, shape);

const rowFunction = (operator, attributes) => async (x, shape, axis) => {
  const [y] = await run(operator, { x: tensor(x, shape) }, [{ name: "y", type: typeOf(x) }], attributes(axis));
  return y;
};

export const softmax = rowFunction("Softmax", (axis) => ({ axis }));
export const logSoftmax = rowFunction("LogSoftmax", (axis) => ({ axis }));
export const logSumExp = rowFunction("ReduceLogSumExp", (axis) => ({ axes: [axis], keepdims: 0 }));

/**
 * SoftmaxCrossEntropyLoss along axis 1: its first output, the loss.
 *
 * ONNX has no smoothing, no soft targets, and ignores nothing unless it is told to.
 */
export async function crossEntropy(x, shape, labels, { weight, ignoreIndex = null, reduction = "mean" } = {}) {
  const positions = shape.filter((_, i) => i !== 1);
  const feeds = {
    x: tensor(x, shape),
    labels: new ort.Tensor("int64", BigInt64Array.from(labels, BigInt), positions),
    ...(weight && { weight: tensor(weight, [shape[1]]) }),
  };
  const [loss] = await run("SoftmaxCrossEntropyLoss", feeds, [{ name: "loss", type: typeOf(x) }], {
    reduction,
    ignore_index: ignoreIndex ?? undefined,
  });
  return loss;
}
