// ONNX Runtime, in both of its builds: onnxruntime-web is WebAssembly, onnxruntime-node is native code, which takes the
// widest vectors that the processor has.

import { createRequire } from "node:module";
import { onnxGraph } from "../../../test/e2e/peers/onnxModel.mjs";
import { SUM_IN_F32 } from "./tolerance.mjs";

const require = createRequire(import.meta.url);

const node = (operator, inputs, outputs, attributes) => ({ operator, inputs, outputs, attributes });

function softmaxModel({ rows, cols }) {
  const of = (name) => [{ name, type: "float32", shape: [rows, cols] }];
  return onnxGraph({
    name: "softmax",
    nodes: [node("Softmax", ["x"], ["out"], { axis: -1 })],
    inputs: of("x"),
    outputs: of("out"),
  });
}

/**
 * Loss and gradient: inference has no gradient of SoftmaxCrossEntropyLoss, so it is put together. This is the fastest
 * way that was found: one exponential per element, and the labels gathered and scattered instead of spread one-hot.
 * LogSoftmax and Exp in the place of Softmax and Log took 1.1 times the time in onnxruntime-node, 1.6 in -web.
 */
function lossModel({ rows, cols }) {
  return onnxGraph({
    name: "crossEntropyGrad",
    nodes: [
      node("Softmax", ["x"], ["p"], { axis: -1 }),
      node("GatherElements", ["p", "labels"], ["ofLabels"], { axis: 1 }),
      node("Log", ["ofLabels"], ["logs"]),
      node("ReduceMean", ["logs"], ["mean"], { axes: [0, 1], keepdims: 0 }),
      node("Neg", ["mean"], ["loss"]),
      node("Mul", ["p", "each"], ["shares"]),
      node("ScatterElements", ["shares", "labels", "minusEach"], ["out"], { axis: 1, reduction: "add" }),
    ],
    inputs: [
      { name: "x", type: "float32", shape: [rows, cols] },
      { name: "labels", type: "int32", shape: [rows, 1] },
    ],
    outputs: [
      { name: "out", type: "float32", shape: [rows, cols] },
      { name: "loss", type: "float32", shape: [] },
    ],
    constants: [
      { name: "each", shape: [], data: Float32Array.of(1 / rows) },
      { name: "minusEach", shape: [rows, 1], data: new Float32Array(rows).fill(-1 / rows) },
    ],
  });
}

function peerOf(ort, version, name, options) {
  const sessionOf = (work, problem) => {
    const model = work === "softmax" ? softmaxModel(problem) : lossModel(problem);
    return ort.InferenceSession.create(model, { logSeverityLevel: 3, ...options });
  };
  const feedsOf = (work, { rows, cols, x, labels }) => ({
    x: new ort.Tensor("float32", x, [rows, cols]),
    ...(work !== "softmax" && { labels: new ort.Tensor("int32", labels, [rows, 1]) }),
  });

  /** From typed arrays to a typed array, which the runtime makes. */
  async function copying(work, problem) {
    const session = await sessionOf(work, problem);
    let out;
    const runAsync = async () => {
      const { out: tensor, loss } = await session.run(feedsOf(work, problem));
      out = tensor.data;
      return loss ? loss.data[0] : 0;
    };
    const competitor = { name: `${name} copying`, runAsync, result: () => out, tolerance: SUM_IN_F32 };
    return { competitors: [competitor], free: () => session.release() };
  }

  /** From tensors to a tensor, made once. */
  async function resident(work, problem) {
    const session = await sessionOf(work, problem);
    const feeds = feedsOf(work, problem);
    const out = new Float32Array(problem.x.length);
    const fetches = {
      out: new ort.Tensor("float32", out, [problem.rows, problem.cols]),
      ...(work !== "softmax" && { loss: null }),
    };
    const runAsync = async () => {
      const { loss } = await session.run(feeds, fetches);
      return loss ? loss.data[0] : 0;
    };
    const competitor = { name: `${name} resident`, runAsync, result: () => out, tolerance: SUM_IN_F32 };
    return { competitors: [competitor], free: () => session.release() };
  }

  return { version, copying, resident };
}

export function loadNode(name, threads) {
  const ort = require("onnxruntime-node");
  return peerOf(ort, `${ort.env.versions.node}, native, threads ${threads}`, name, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
  });
}

/**
 * The number of threads is the module's, once for all: so that two numbers live in one process, the second one takes
 * the package's other build, CommonJS, with the same WebAssembly.
 *
 * It copies every tensor into its memory and out of it again, and passes over an output that is given: nothing is
 * resident.
 */
export async function loadWeb(name, threads) {
  const ort = threads === 1 ? (await import("onnxruntime-web")).default : commonJsBuild();
  const options = { executionProviders: ["wasm"] };
  ort.env.wasm.numThreads = threads;
  const first = await ort.InferenceSession.create(softmaxModel({ rows: 1, cols: 1 }), options);
  await first.release();
  // Its threads are started. They left a global behind, which jax-js would take for the Worker of a browser.
  delete globalThis.Worker;
  const version = `${ort.env.versions.web ?? ort.env.versions.common}, wasm SIMD, threads ${threads}`;
  return { ...peerOf(ort, version, name, options), resident: undefined };
}

function commonJsBuild() {
  // Both offer a backend by the name of "cpu", and the first one keeps it.
  require("onnxruntime-node");
  return require("onnxruntime-web");
}
