// What every runtime runs: the library over fixed inputs, and one hash of all that came out. Pure JavaScript without
// any host's API, so that it runs in an AudioWorklet too.

import { Bytes } from "./bytes.mjs";
import { batch, row } from "./inputs.mjs";
import { addShardRefusals, addShards } from "./probeShards.mjs";
import { sha256 } from "./sha256.mjs";

// Every tail of a vector and of a block of vectors.
const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 1000];

// One row longer than staging, through which ordinary arrays pass: linear memory grows.
const LONG = 70_001;

/**
 * What the library runs on, and the SHA-256 of the bytes of all results: as they are (`hash`), and with subnormals taken
 * for 0 (`flushed`), as the audio threads of some browsers do to every instruction.
 */
export function probe(library, shards) {
  const backend = library.backend();
  const [hash, flushed] = [false, true].map((flush) => hashOf(library, shards, { flush }));
  return { backend, hash, flushed };
}

function hashOf(library, shards, options) {
  const bytes = new Bytes(options);
  for (const Elements of [Float32Array, Float64Array]) {
    for (const cols of WIDTHS) {
      const { logits, labels, shape } = batch(Elements, cols);
      addBatch(bytes, library, { logits, labels, shape });
      // What a subnormal number is merged with decides too (addDecided).
      addShards(bytes, shards, ordinary(Elements, shape), labels, shape);
      if (!bytes.flush) addShards(bytes, shards, logits, labels, shape);
    }
    addLongRow(bytes, library, row(Elements, LONG));
    addResident(bytes, library, row(Elements, 48));
  }
  addPlain(bytes, library);
  addEmpty(bytes, library);
  addRefusals(bytes, library);
  addShardRefusals(bytes, shards, refusalOf);
  return sha256(bytes.taken());
}

function addBatch(bytes, library, { logits, labels, shape }) {
  const { softmax, logSoftmax, logSumExp, crossEntropy, crossEntropyGrad, softmaxJacobian, sigmoid, tokenLogProbs } =
    library;
  addDecided(bytes, library, ordinary(logits.constructor, shape), shape);
  if (!bytes.flush) addDecided(bytes, library, logits, shape);
  for (const temperature of [1, 0.7, 3]) {
    bytes.addFloats(softmax(logits, { shape, temperature }));
    bytes.addFloats(logSoftmax(logits, { shape, temperature }));
    bytes.addFloats(logSumExp(logits, { shape, temperature }));
    bytes.addFloats(tokenLogProbs(logits, labels, { shape, temperature }));
    bytes.addFloats(crossEntropy(logits, labels, { shape, temperature, reduction: "none" }));
    const { loss, grad } = crossEntropyGrad(logits, labels, { shape, temperature, reduction: "none" });
    bytes.addFloats(loss);
    bytes.addFloats(grad);
  }
  bytes.addFloats(sigmoid(logits));
  // The first rows only: their losses are finite, so that a reduction says something.
  const cols = shape[1];
  const [finite, some] = [logits.subarray(0, 5 * cols), labels.subarray(0, 5)];
  for (const reduction of ["mean", "sum"]) {
    bytes.addNumber(crossEntropy(finite, some, { reduction }));
    const { loss, grad } = crossEntropyGrad(finite, some, { reduction, temperature: 1.5 });
    bytes.addNumber(loss);
    bytes.addFloats(grad);
  }
  bytes.addNumber(crossEntropy(logits, new Int32Array(shape[0]).fill(-100)));
  if (cols <= 17) bytes.addFloats(softmaxJacobian(logits.subarray(0, cols)));
}

/**
 * What a subnormal number on the way decides, which is lost where it counts as 0: it makes other classes equals and so the
 * largest; and what it is multiplied by, a distance or a weight, may make it normal. The bytes with subnormals left out
 * have these of ordinary logits alone, on whose way there is none.
 */
function addDecided(bytes, library, logits, shape) {
  addChoices(bytes, library, logits, shape);
  for (const temperature of [1, 0.7, 3]) bytes.addFloats(library.entropy(logits, { shape, temperature }));
  addBinary(bytes, library, logits, shape);
}

/** Logits between −8 and 8, none of them 0. */
const ordinary = (Elements, [rows, cols]) =>
  new Elements(rows * cols).map((_, i) => (16 * ((i * 7919) % 10007)) / 10007 - 7.999);

function addBinary(bytes, { binaryCrossEntropy, binaryCrossEntropyGrad }, logits, shape) {
  const targets = new Uint8Array(logits.length).map((_, i) => i % 3 === 0);
  const weight = Array.from({ length: shape[1] }, (_, c) => 0.3 + (c % 5));
  bytes.addNumber(binaryCrossEntropy(logits.subarray(0, 5 * shape[1]), targets.subarray(0, 5 * shape[1])));
  const binary = binaryCrossEntropyGrad(logits, targets, { shape, weight, posWeight: 3, reduction: "none" });
  bytes.addFloats(binary.loss);
  bytes.addFloats(binary.grad);
  const soft = new logits.constructor(logits.length).map((_, i) => ((i * 37) % 101) / 101);
  bytes.addFloats(binaryCrossEntropyGrad(logits, soft, { reduction: "none" }).grad);
}

/** Classes that are chosen; of draws only from rows that have a class to draw. */
function addChoices(bytes, { argmax, topK, sample }, logits, [rows, cols]) {
  const shape = [rows, cols];
  bytes.addFloats(Float64Array.from(argmax(logits, { shape })));
  for (const of of ["probability", "logProbability", "logit"]) {
    const { values, indices } = topK(logits, { shape, k: Math.min(cols, 9), of, temperature: 0.7 });
    bytes.addFloats(values);
    bytes.addFloats(Float64Array.from(indices));
  }
  for (let r = 0; r < rows; r++) {
    const row = logits.subarray(r * cols, (r + 1) * cols);
    if (!Number.isFinite(row[argmax(row)])) continue;
    for (const options of [{}, { topK: 5 }, { topP: 0.9, minP: 0.01 }, { topK: 70, topP: 0.5, temperature: 1.3 }]) {
      const { token, logProb } = sample(row, { ...options, random: (r + 0.5) / rows });
      bytes.addNumber(token);
      bytes.addNumber(logProb);
    }
  }
}

function addLongRow(bytes, library, x) {
  const { softmax, logSoftmax, logSumExp, crossEntropyGrad } = library;
  bytes.addFloats(softmax(x));
  bytes.addFloats(logSoftmax(x));
  bytes.addFloats(logSumExp(x, { shape: [x.length] }));
  const shape = [1, x.length];
  addChoices(bytes, library, ordinary(x.constructor, shape), shape);
  if (!bytes.flush) addChoices(bytes, library, x, shape);
  const { loss, grad } = crossEntropyGrad(x, [x.length - 1]);
  bytes.addNumber(loss);
  bytes.addFloats(grad);
}

/** In linear memory and in place, with labels of another kind. */
function addResident(bytes, { alloc, softmax, crossEntropyGrad }, x) {
  const resident = alloc(x.constructor, x.length);
  resident.view.set(x);
  softmax(resident, { shape: [4, x.length / 4], out: resident });
  bytes.addFloats(resident.view);
  resident.view.set(x);
  bytes.addNumber(crossEntropyGrad(resident, BigInt64Array.of(0n, 1n, 2n, -100n), { out: resident }).loss);
  bytes.addFloats(resident.view);
  resident.free();
}

/** Plain arrays of numbers and of rows, with absent classes. */
function addPlain(bytes, { softmax, crossEntropyGrad }) {
  const addNumbers = (numbers) => bytes.addFloats(Float64Array.from(numbers.flat()));
  addNumbers(softmax([1, 2.5, -3]));
  const { loss, grad } = crossEntropyGrad([1, 2.5, -3, 0.1], [1, 0]);
  bytes.addNumber(loss);
  addNumbers(grad);
  const rows = Array.from({ length: 40 }, (_, r) => Array.from({ length: 40 }, (_, c) => Math.sqrt(40 * r + c) % 3));
  addNumbers(softmax(rows, { lengths: "causal" }));
  addNumbers(softmax(rows, { mask: rows[0].map((_, c) => c % 3 !== 0) }));
}

function addEmpty(bytes, { softmax, logSumExp, crossEntropy }) {
  bytes.addFloats(softmax(new Float32Array(0), { shape: [0, 3] }));
  bytes.addFloats(logSumExp(new Float32Array(0), { shape: [2, 0] }));
  bytes.addNumber(crossEntropy(new Float32Array(0), [], { reduction: "sum" }));
}

/** Bad input is refused with the same code and the same words everywhere. */
function addRefusals(bytes, { softmax, crossEntropy }) {
  const x = Float32Array.of(1, 2, 3);
  for (const call of [
    () => softmax(Int32Array.of(1)),
    () => softmax(x, { shape: [2, 2] }),
    () => softmax(x, { temperature: 0 }),
    () => softmax(x, { out: new Float32Array(2) }),
    () => crossEntropy(x, [3]),
    () => crossEntropy(x, [0, 1]),
  ]) {
    bytes.addText(refusalOf(call));
  }
}

function refusalOf(call) {
  try {
    call();
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`;
  }
  return "not refused";
}
