// The library against its peers over the grid. Run by run.mjs, from the root, with tsx: test/e2e/peers/README.md.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../../dist/index.js";
import { inputs, KIND_NAMES, layout, product } from "./grid.mjs";
import { KNOWN_WRONG } from "./knownWrong.mjs";
import * as ort from "./ort.mjs";
import * as tf from "./tf.mjs";
import { lossBounds, PEERS, rowBounds } from "./tolerances.mjs";

const count = { points: 0, numbers: 0, knownWrong: 0, failed: 0 };

/** What the library is given: only the options that the point sets. */
function optionsOf(point) {
  const { shape, axis, reduction, ignoreIndex, temperature, labelSmoothing, weight, mask, zLoss } = point;
  return {
    shape,
    axis,
    ...(reduction && { reduction }),
    ...(ignoreIndex !== undefined && { ignoreIndex }),
    ...(temperature && temperature !== 1 && { temperature }),
    ...(labelSmoothing && { labelSmoothing }),
    ...(weight && { weight }),
    ...(mask && { mask }),
    ...(zLoss && { zLoss }),
  };
}

const numbers = (value) => (typeof value === "number" ? [value] : value);
const describe = ({ seed, ...point }) => `#${seed} ${JSON.stringify(point)}`;

/** Compares arrays, number by number; gives how near the worst came to its tolerance, and notes what went beyond. */
function compare(failures, what, actual, expected, toleranceOf) {
  const [ours, theirs] = [numbers(actual), numbers(expected)];
  let worst = 0;
  const note = (text) => failures.push(text);
  if (ours.length !== theirs.length) note(`${what}: ${ours.length} numbers, and the peer gives ${theirs.length}`);
  for (let i = 0; i < theirs.length; i++) {
    count.numbers++;
    if (Object.is(ours[i], theirs[i])) continue;
    const ratio = Math.abs(ours[i] - theirs[i]) / toleranceOf(i);
    if (ratio <= 1) worst = Math.max(worst, ratio);
    else if (ours[i] !== theirs[i])
      note(`${what}[${i}]: ${ours[i]}, and the peer gives ${theirs[i]}; tolerance ${toleranceOf(i)}`);
  }
  return worst;
}

/** One test of node:test: each point of a grid, and at the end what went wrong at the first of them. */
function overGrid(title, lists, check) {
  test(title, async (context) => {
    const failures = [];
    let worst = 0;
    let compared = 0;
    for (const [seed, point] of product(lists).entries()) {
      const here = [];
      const setting = { ...point, ...point.layout, layout: undefined };
      try {
        worst = Math.max(worst, await check({ ...setting, ...inputs(seed, setting) }, here));
        compared++;
      } catch (error) {
        here.push(`threw ${error.code ?? ""} ${error.stack}`);
      }
      if (here.length > 0) failures.push(`${describe({ seed, ...setting })}\n    ${here[0]}`);
    }
    count.points += compared;
    count.failed += failures.length;
    context.diagnostic(`${compared} points, the nearest to its tolerance at ${worst.toFixed(2)} of it`);
    assert.ok(compared > 0);
    const first = failures.slice(0, 5).join("\n  ");
    assert.equal(failures.length, 0, `${failures.length} of ${compared} points differ, the first:\n  ${first}`);
  });
}

/** Position by position: the tolerances of its classes, at their places in the array. */
function boundsByIndex(point, boundsOf) {
  const { classes, positions, length, index } = layout(point.shape, point.axis);
  const bounds = new Float64Array(length);
  for (let n = 0; n < positions; n++) {
    const at = Array.from({ length: classes }, (_, c) => index(n, c));
    boundsOf(
      at.map((i) => point.x[i]),
      at,
      n,
    ).forEach((value, c) => (bounds[at[c]] = value));
  }
  return bounds;
}

const lastAxis = (...shape) => ({ shape, axis: -1 });
const LAYOUTS = [
  ...[lastAxis(1), lastAxis(7), lastAxis(3, 10), lastAxis(4, 17), lastAxis(2, 1000), lastAxis(2, 3, 5)],
  ...[0, 1, 2].map((axis) => ({ shape: [3, 6, 5], axis })),
  ...[0, 1, 2, 3, -2].map((axis) => ({ shape: [2, 5, 3, 4], axis })),
];
const FINITE_KINDS = KIND_NAMES.filter((kind) => kind !== "-Infinity");
const PLAIN = ["softmax", "logSoftmax"];

/** The tolerances of softmax, logSoftmax or logSumExp at the places of its output. */
function toleranceOfRows(point, peer) {
  const ofPositions = [];
  const ofElements = boundsByIndex(point, (row) => {
    const { ofP, ofLogP, ofS } = rowBounds(row, point.dtype, peer);
    ofPositions.push(ofS);
    return point.op === "softmax" ? ofP : ofLogP;
  });
  return (i) => (point.op === "logSumExp" ? ofPositions : ofElements)[i];
}

const compareRows = (peer, bounds) => async (point, failures) => {
  const { op, x, shape, axis } = point;
  const ours = library[op](x, { shape, axis });
  return compare(failures, op, ours, await peer[op](x, shape, axis), toleranceOfRows(point, bounds));
};

for (const [name, peer, bounds, dtype] of [
  ["ONNX Runtime", ort, PEERS.ort, "f32"],
  ["ONNX Runtime", ort, PEERS.ort, "f64"],
  ["TensorFlow.js", tf, PEERS.tf, "f32"],
]) {
  overGrid(
    `softmax, logSoftmax and logSumExp of ${dtype} are those of ${name}`,
    { op: [...PLAIN, "logSumExp"], dtype: [dtype], layout: LAYOUTS, kind: KIND_NAMES },
    compareRows(peer, bounds),
  );
}

overGrid(
  "the backward of softmax and of logSoftmax is TensorFlow.js's gradient",
  { op: PLAIN, dtype: ["f32"], layout: LAYOUTS, kind: FINITE_KINDS },
  (point, failures) => {
    const { op, x, dy, shape, axis } = point;
    const name = `${op}Backward`;
    const ours = library[name](library[op](x, { shape, axis }), dy, { shape, axis });
    const bounds = boundsByIndex(point, (row, at) => {
      const { u, tiny, p, ofP, ofLogP } = rowBounds(row, "f32", PEERS.tf);
      const g = at.map((i) => dy[i]);
      const sum = (term) => g.reduce((total, value, c) => total + term(value, c), 0);
      const C = g.length;
      // y·(dy − t), t = ⟨y, dy⟩: the error of y in both places, and a rounding of each product and sum.
      const t = sum((value, c) => p[c] * value);
      const ofT = sum((value, c) => (ofP[c] + u * (C + 2) * p[c]) * Math.abs(value));
      const product = (value, c) =>
        ofP[c] * Math.abs(value - t) + p[c] * (ofT + u * 8 * (Math.abs(value) + Math.abs(t)));
      // dy − e^y·Σdy: the error of y is relative in e^y.
      const total = sum((value) => value);
      const ofTotal = u * (C + 2) * sum(Math.abs);
      const difference = (value, c) =>
        p[c] * (ofTotal + Math.abs(total) * (ofLogP[c] + 12 * u)) + u * 8 * Math.abs(value);
      return g.map((value, c) => (op === "softmax" ? product(value, c) : difference(value, c)) + tiny);
    });
    return compare(failures, name, ours, tf[name](x, dy, shape, axis), (i) => bounds[i]);
  },
);

/** The tolerances of the losses of all positions, of what they reduce to, and of the gradient. */
function toleranceOfLosses(point, dtype, peer) {
  const { labels, soft, weight, reduction, ignoreIndex = -100, mask } = point;
  const { labelSmoothing: smoothing = 0, temperature = 1, zLoss = 0 } = point;
  const isValid = (n) => soft !== undefined || labels[n] !== ignoreIndex;
  const weightOf = (c) => weight?.[c] ?? 1;
  const valid = labels.flatMap((_, n) => (isValid(n) ? [n] : []));
  const divisor = soft ? valid.length : valid.reduce((sum, n) => sum + weightOf(labels[n]), 0);
  const [of, ofZ] = reduction === "mean" ? [divisor, valid.length] : [1, 1];
  const rounded = Math.fround(temperature);
  const u = dtype === "f64" ? 2 ** -53 : 2 ** -24;
  const losses = [];
  const gradient = boundsByIndex(point, (all, at, n) => {
    const isPresent = (i) => mask === undefined || mask[i] !== 0;
    const classes = at.flatMap((i, c) => (isPresent(i) ? [c] : []));
    if (!isValid(n)) {
      losses.push({ ofLoss: 0, size: 0 });
      return at.map(() => 0);
    }
    const x = classes.map((c) => Math.fround(all[c] / rounded));
    const q = (c) => (soft ? soft[at[c]] : labels[n] === c ? 1 : 0);
    const a = classes.map((c) => (weightOf(c) * ((1 - smoothing) * q(c) + smoothing / classes.length)) / of);
    const logits = dtype === "f64" ? classes.map((c) => all[c]) : x;
    // The peer divides by the rounded temperature and rounds the quotient: two roundings.
    const off = temperature === 1 ? 0 : 2 * u * Math.max(...x.filter(Number.isFinite).map(Math.abs));
    const bounds = lossBounds(rowBounds(logits, dtype, peer, off), a, zLoss / ofZ);
    losses.push(bounds);
    const grads = at.map(() => 0);
    classes.forEach((c, i) => (grads[c] = bounds.ofGrad[i] / temperature));
    return grads;
  });
  const sum = (name) => losses.reduce((total, loss) => total + loss[name], 0);
  const reduced = sum("ofLoss") + u * (losses.length + 4) * sum("size");
  return { loss: (n) => (reduction === "none" ? losses[n].ofLoss : reduced), grad: (i) => gradient[i] };
}

const REDUCTIONS = ["mean", "sum", "none"];
const IGNORING = [
  { ignoreIndex: null, ignoring: false },
  { ignoreIndex: -100, ignoring: true },
  { ignoreIndex: -1, ignoring: true },
  { ignoreIndex: 1, ignoring: true },
];
const flattened = (lists) => ({
  ...lists,
  layout: product({ a: lists.layout, b: IGNORING }).map(({ a, b }) => ({ ...a, ...b })),
});

const ORT_LAYOUTS = [
  ...[lastAxis(1, 3), lastAxis(3, 10), lastAxis(64, 5), lastAxis(4, 130)],
  ...[
    [3, 6, 5],
    [2, 5, 3, 4],
    [2, 4, 2, 3, 2],
  ].map((shape) => ({ shape, axis: 1 })),
];

// Weights on logits of −∞ are left out: ONNX Runtime's 0·∞ is among the known wrong answers.
for (const [dtype, what, kind, weight] of ["f32", "f64"].flatMap((dtype) => [
  [dtype, "", FINITE_KINDS, [undefined, "positive", "with zeros"]],
  [dtype, " with logits of −∞", ["-Infinity"], [undefined]],
])) {
  overGrid(
    `crossEntropy of ${dtype}${what} is ONNX Runtime's SoftmaxCrossEntropyLoss`,
    flattened({ dtype: [dtype], layout: ORT_LAYOUTS, kind, reduction: REDUCTIONS, weight }),
    async (point, failures) => {
      const { x, labels, shape, weight, ignoreIndex, reduction } = point;
      const ours = library.crossEntropy(x, labels, optionsOf(point));
      const loss = await ort.crossEntropy(x, shape, labels, { weight, ignoreIndex, reduction });
      return compare(failures, "loss", ours, loss, toleranceOfLosses(point, dtype, PEERS.ort).loss);
    },
  );
}

overGrid(
  "crossEntropyGrad of f64 is what ONNX Runtime's loss does around the point",
  flattened({
    dtype: ["f64"],
    layout: [lastAxis(3, 5), { shape: [2, 4, 3], axis: 1 }],
    kind: ["spread 1", "ties"],
    reduction: ["mean", "sum"],
    weight: [undefined, "positive"],
  }),
  async (point, failures) => {
    const { x, labels, shape, weight, ignoreIndex, reduction } = point;
    const ours = library.crossEntropyGrad(x, labels, optionsOf(point));
    // Five points: what is left out is h⁴/30·|L⁽⁵⁾|, with |L⁽⁵⁾| < 1 for a logsumexp; a loss of size L is known to
    // 16u·L, and 1.5 of that is divided by h. At h = 2^-9 the two are 5e-13 and 1.4e-12 of L.
    const h = 2 ** -9;
    const at = async (i, steps) => {
      const moved = Float64Array.from(x);
      moved[i] += steps * h;
      return (await ort.crossEntropy(moved, shape, labels, { weight, ignoreIndex, reduction }))[0];
    };
    const slopes = [];
    let size = 1;
    for (let i = 0; i < x.length; i++) {
      const [far, near, near2, far2] = [await at(i, -2), await at(i, -1), await at(i, 1), await at(i, 2)];
      slopes.push((far - 8 * near + 8 * near2 - far2) / (12 * h));
      size = Math.max(size, Math.abs(near));
    }
    const scale = weight ? Math.max(...weight) : 1;
    const tolerance = (h ** 4 / 30) * scale + (1.5 * 16 * 2 ** -53 * size) / h;
    return compare(failures, "grad", ours.grad, slopes, () => tolerance);
  },
);

const TF_LAYOUTS = [
  lastAxis(1, 3),
  lastAxis(5, 10),
  lastAxis(2, 131),
  { shape: [2, 3, 4], axis: 0 },
  { shape: [2, 4, 3], axis: 1 },
];
const TF_KINDS = ["spread 1", "spread 10", "far ahead", "offset 1e4"];

function compareWithTf(peer, bounds) {
  return (point, failures) => {
    const { x, labels, soft, dtype } = point;
    const targets = soft ?? labels;
    const ours = {
      loss: library.crossEntropy(x, targets, optionsOf(point)),
      both: library.crossEntropyGrad(x, targets, optionsOf(point)),
    };
    const theirs = peer(point);
    const tolerance = toleranceOfLosses(point, dtype, bounds);
    return Math.max(
      compare(failures, "crossEntropy", ours.loss, theirs.loss, tolerance.loss),
      compare(failures, "crossEntropyGrad's loss", ours.both.loss, theirs.loss, tolerance.loss),
      compare(failures, "grad", ours.both.grad, theirs.grad, tolerance.grad),
    );
  };
}

const HARD = { targets: ["hard"], reduction: REDUCTIONS, temperature: [1, 0.7] };

overGrid(
  "crossEntropyGrad of labels is TensorFlow.js's composition and its gradient",
  flattened({
    dtype: ["f32"],
    layout: TF_LAYOUTS,
    kind: TF_KINDS,
    ...HARD,
    weight: [undefined, "positive"],
    labelSmoothing: [0, 0.1, 1],
    mask: [false, true],
    zLoss: [0, 0.01],
  }),
  compareWithTf(tf.composition, PEERS.tf),
);

overGrid(
  "crossEntropyGrad of soft targets is TensorFlow.js's composition and its gradient",
  {
    dtype: ["f32"],
    layout: TF_LAYOUTS,
    kind: TF_KINDS,
    ...HARD,
    targets: ["soft"],
    weight: [undefined, "positive"],
    labelSmoothing: [0, 0.1],
    mask: [false, true],
    zLoss: [0, 0.01],
  },
  compareWithTf(tf.composition, PEERS.tf),
);

overGrid(
  "crossEntropyGrad is tf.losses.softmaxCrossEntropy and its gradient",
  flattened({ dtype: ["f32"], layout: TF_LAYOUTS, kind: TF_KINDS, ...HARD, weight: [undefined, "positive"] }),
  compareWithTf(tf.ownLoss, PEERS.tfOwnLoss),
);

overGrid(
  "crossEntropyGrad with smoothing is tf.losses.softmaxCrossEntropy and its gradient",
  flattened({ dtype: ["f32"], layout: TF_LAYOUTS, kind: TF_KINDS, ...HARD, labelSmoothing: [0.1, 1] }),
  compareWithTf(tf.ownLoss, PEERS.tfOwnLoss),
);

test("what the peers are known to answer wrongly, they answer; and the library answers what is right", async (t) => {
  const near = (actual, expected, within = 1e-6) =>
    actual.length === expected.length &&
    actual.every((value, i) => {
      const wanted = expected[i];
      return Object.is(value, wanted) || Math.abs(value - wanted) <= within * Math.abs(wanted) + 2 ** -149;
    });
  for (const { title, why, peer, peerGives, orGives = peerGives, ours, right, within } of KNOWN_WRONG) {
    await t.test(title, async () => {
      const theirs = await peer();
      const asKnown = near(theirs, peerGives, within) || near(theirs, orGives, within);
      assert.ok(asKnown, `the peer gives ${theirs}, not ${peerGives} as it did: ${why}`);
      count.knownWrong++;
      if (typeof right === "string") {
        assert.throws(ours, { code: right });
        return;
      }
      const answer = ours();
      assert.ok(near(answer, right, within), `the library gives ${answer}, not ${right}`);
    });
  }
});

process.on("exit", () => {
  console.log(`\n${ort.version}, ${tf.version}, softmax-wasm on ${library.backend().variant}`);
  const { points, numbers: compared, knownWrong, failed } = count;
  console.log(
    `peers: ${points} points and ${compared} numbers compared, ${failed} points differ, ` +
      `${knownWrong} known answers of peers confirmed`,
  );
});
