// Where a peer answers wrongly, or otherwise than the library promises: what each answers, to 1e-6 of it, and why.
// `peer` and `ours` are asked; `orGives` is what the peer gives elsewhere.

import * as library from "../../../dist/index.js";
import * as ort from "./ort.mjs";
import * as tf from "./tf.mjs";

const f32 = (...values) => Float32Array.from(values);
const { crossEntropy, crossEntropyGrad, softmax } = library;
const gradOf = (...input) => [...crossEntropyGrad(...input).grad];

const LEAD = f32(20, 0);
const LOST = "log S of a sum that has rounded to 1: from a lead of 17 on the loss is 0, and so is the label's gradient";
const NAN_ROW = f32(1, 2, 3, NaN, 1, 2);
const POISON = "an ignored position is one of weight 0, and 0·NaN is NaN; the library does not read the row";
const EXCEPT = [-0.909969448, 0.244728491, 0.665241003, 0, 0, 0];

export const KNOWN_WRONG = [
  {
    title: "ORT: the loss of a class that leads by 20",
    why: LOST,
    peer: async () => [...(await ort.crossEntropy(LEAD, [1, 2], [0]))],
    peerGives: [0],
    ours: () => [crossEntropy(LEAD, [0])],
    right: [2.061153620314381e-9],
  },
  {
    title: "ORT: log-softmax of a class that leads by 20",
    why: LOST,
    peer: async () => [...(await ort.logSoftmax(LEAD, [2], -1))],
    peerGives: [0, -20],
    ours: () => [...library.logSoftmax(LEAD)],
    right: [-2.061153620314381e-9, -20],
  },
  {
    title: "ORT: the loss of a class that leads by 40, in f64",
    why: "the same, from a lead of 37 on",
    peer: async () => [...(await ort.crossEntropy(Float64Array.of(40, 0), [1, 2], [0]))],
    peerGives: [0],
    ours: () => [crossEntropy(Float64Array.of(40, 0), [0])],
    right: [4.248354255291589e-18],
  },
  {
    title: "tfjs: the loss of a class that leads by 20",
    why: LOST,
    peer: () => [...tf.rawLoss([1, 0], LEAD, [1, 2]).loss],
    peerGives: [0],
    ours: () => [crossEntropy(LEAD, [0])],
    right: [2.061153620314381e-9],
  },
  {
    title: "tfjs: the gradient of a class that leads by 20",
    why: LOST,
    peer: () => [...tf.rawLoss([1, 0], LEAD, [1, 2]).grad],
    peerGives: [0, 2.061153620314381e-9],
    ours: () => gradOf(LEAD, [0]),
    right: [-2.061153620314381e-9, 2.061153620314381e-9],
  },
  {
    title: "tfjs: the loss far from 0",
    why: "it subtracts a logsumexp of 1e4, whose ulp in f32 is 1e-3",
    peer: () => [...tf.rawLoss([0, 1], f32(1e4, 1e4 + 1), [1, 2]).loss],
    peerGives: [0.3134765625],
    ours: () => [crossEntropy(f32(1e4, 1e4 + 1), [1])],
    right: [0.31326168751822286],
  },
  {
    title: "ORT: a weight of 0 on a label of −∞",
    why: "0·∞ is NaN; a zero coefficient makes its term 0 here",
    peer: async () => {
      const loss = await ort.crossEntropy(f32(1, -Infinity, 3), [1, 3], [1], {
        weight: f32(1, 0, 1),
        reduction: "none",
      });
      return [...loss];
    },
    peerGives: [NaN],
    ours: () => [...crossEntropy(f32(1, -Infinity, 3), [1], { weight: f32(1, 0, 1), reduction: "none" })],
    right: [0],
  },
  {
    title: "ORT: the label −1",
    why: "an index from the end: the last class, where nothing says that labels may be one",
    peer: async () => [...(await ort.crossEntropy(f32(4, 5, 7), [1, 3], [-1]))],
    peerGives: [0.169846043],
    ours: () => [crossEntropy(f32(4, 5, 7), [-1])],
    right: "ERR_LABEL",
  },
  {
    title: "tfjs: a label that is no class",
    why: "tf.oneHot makes a row of zeros, whose loss is 0",
    peer: () => [...tf.rawLoss(tf.oneHot([3], 3), f32(1, 2, 3), [1, 3]).loss],
    peerGives: [0],
    ours: () => [crossEntropy(f32(1, 2, 3), [3])],
    right: "ERR_LABEL",
  },
  {
    title: "tfjs: the loss beside an ignored position that holds NaN",
    why: POISON,
    peer: () => [...tf.rawLoss([1, 0, 0, 0, 1, 0], NAN_ROW, [2, 3], { weights: [1, 0] }).loss],
    peerGives: [NaN],
    ours: () => [crossEntropy(NAN_ROW, [0, -100])],
    right: [2.4076059644443806],
  },
  {
    title: "tfjs: the gradient of an ignored position that holds NaN",
    why: POISON,
    peer: () => [...tf.rawLoss([1, 0, 0, 0, 1, 0], NAN_ROW, [2, 3], { weights: [1, 0] }).grad],
    peerGives: [-0.909969448, 0.244728491, 0.665241003, NaN, NaN, NaN],
    ours: () => gradOf(NAN_ROW, [0, -100]),
    right: EXCEPT,
  },
  {
    title: "tfjs: the gradient of a mean over positions that are all ignored",
    why: "0/0, where the loss is NaN but nothing depends on the logits",
    peer: () => [...tf.rawLoss([1, 0, 0], f32(1, 2, 3), [1, 3], { weights: [0] }).grad],
    peerGives: [NaN, NaN, NaN],
    ours: () => gradOf(f32(1, 2, 3), [-100]),
    right: [0, 0, 0],
  },
  {
    title: "tfjs: the loss beside a logit of −∞",
    why: "one-hot targets: 0·(−∞) is NaN for every class that is not the label",
    peer: () => [...tf.rawLoss([0, 0, 1], f32(1, -Infinity, 3), [1, 3]).loss],
    peerGives: [NaN],
    ours: () => [crossEntropy(f32(1, -Infinity, 3), [2])],
    right: [0.12692801104297252],
  },
  {
    title: "tfjs: a soft target of 0 on a logit of −∞",
    why: "0·(−∞) again",
    peer: () => [...tf.rawLoss([0, 0, 1], f32(1, -Infinity, 3), [1, 3]).loss],
    peerGives: [NaN],
    ours: () => [crossEntropy(f32(1, -Infinity, 3), f32(0, 0, 1))],
    right: [0.12692801104297252],
  },
  {
    title: "tfjs: the gradient for soft targets whose sum is 2",
    why: "its own gradient is p − q, which is p·Σq − q only where Σq = 1",
    peer: () => [...tf.rawLoss([1, 1, 0], f32(1, 2, 3), [1, 3]).grad],
    peerGives: [-0.909969449, -0.755271494, 0.665241003],
    ours: () => gradOf(f32(1, 2, 3), f32(1, 1, 0)),
    right: [-0.81993885, -0.51054306, 1.33048191],
  },
  {
    title: "tfjs: smoothing with weights",
    why: "its weights are of positions, so that the label's weighs the share of the other classes too",
    peer: () => [...tf.rawLoss([0, 0, 1], f32(1, 2, 3), [1, 3], { weights: [3], labelSmoothing: 0.3 }).loss],
    peerGives: [0.707605964],
    ours: () => [crossEntropy(f32(1, 2, 3), [2], { weight: f32(1, 2, 3), labelSmoothing: 0.3 })],
    right: [0.500178701],
  },
  {
    title: "tfjs: smoothing of more than one position a batch",
    why: "it takes the second size of the shape for the number of classes: here ε/2 for three classes",
    peer: () => {
      const shape = [1, 2, 3];
      const x = f32(1, 2, 3, 1, 2, 3);
      return [...tf.rawLoss([0, 0, 1, 0, 0, 1], x, shape, { labelSmoothing: 0.3 }).loss];
    },
    peerGives: [0.918746829],
    ours: () => [crossEntropy(f32(1, 2, 3, 1, 2, 3), [2, 2], { shape: [1, 2, 3], labelSmoothing: 0.3 })],
    right: [0.707605964],
  },
  {
    title: "tfjs: logsumexp of a row of −∞, and of one with +∞",
    why: "−∞ − (−∞), and ∞ − ∞, are NaN",
    peer: () => [...tf.logSumExp(f32(-Infinity, -Infinity, 1, Infinity), [2, 2], -1)],
    peerGives: [NaN, NaN],
    ours: () => [...library.logSumExp(f32(-Infinity, -Infinity, 1, Infinity), { shape: [2, 2] })],
    right: [-Infinity, Infinity],
  },
  {
    title: "onnxruntime: subnormal probabilities, which are 0 on some processors",
    why: "with AVX-512 it keeps them and without it does not: what the tolerances below 2^-126 are for",
    peer: async () => [...(await ort.softmax(f32(0, -88, -95, -103), [4], -1)).slice(1)],
    peerGives: [0, 0, 0],
    orGives: [6.0546e-39, 5.521e-42, 1.4e-45],
    within: 1e-3,
    ours: () => [...softmax(f32(0, -88, -95, -103))].slice(1),
    right: [6.0546e-39, 5.521e-42, 1.4e-45],
  },
  {
    title: "tfjs: subnormal probabilities, which it keeps, as the library does",
    why: "no defect: the tolerances below 2^-126 are looser than needed",
    peer: () => [...tf.softmax(f32(0, -88, -95, -103), [4], -1)].slice(1),
    peerGives: [6.0546e-39, 5.521e-42, 1.4e-45],
    within: 1e-3,
    ours: () => [...softmax(f32(0, -88, -95, -103))].slice(1),
    right: [6.0546e-39, 5.521e-42, 1.4e-45],
  },
];
