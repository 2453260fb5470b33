// What every runtime runs of ./threads: a pool of two over inputs that are large enough for its workers, and one hash of all
// that came out. One thread computes the same before, and has to have the same hash.

import { Bytes } from "./bytes.mjs";
import { large, row } from "./inputs.mjs";
import { layerOf } from "./probeLinear.mjs";
import { sha256 } from "./sha256.mjs";

export async function probePool(library, { createPool }, { linearOn }) {
  const expected = await hashOf(library, linearOn(library));
  const pool = await createPool({ threads: 2 });
  const hash = await hashOf(pool, linearOn(pool));
  const backend = pool.backend();
  await pool.terminate();
  if (hash !== expected) throw new Error(`the pool has the hash ${hash}, one thread ${expected}`);
  return { backend, hash };
}

/** Of a pool, or of the library itself. */
async function hashOf(by, layers) {
  const bytes = new Bytes({ flush: false });
  for (const Elements of [Float32Array, Float64Array]) {
    await addLarge(bytes, by, large(Elements));
    await addAxis(bytes, by, large(Elements));
    await addResident(bytes, by, large(Elements));
    // As often as it takes until the pool tries workers.
    for (let call = 0; call < 4; call++) await addLayer(bytes, layers, layerOf(Elements, 150, 120, 400));
    bytes.addFloats(await by.softmax(row(Elements, 48), { shape: [4, 12] }));
  }
  bytes.addText(await refusalOf(() => by.softmax(Float32Array.of(1), { shape: [2] })));
  return sha256(bytes.taken());
}

async function addLarge(bytes, by, { logits, labels, shape }) {
  const p = await by.softmax(logits, { shape, temperature: 0.7 });
  bytes.addFloats(p);
  bytes.addFloats(await by.logSumExp(logits, { shape }));
  const { values, indices } = await by.topK(logits, { shape, k: 5 });
  bytes.addFloats(values);
  bytes.addFloats(Float64Array.from(indices));
  const { loss, grad } = await by.crossEntropyGrad(logits, labels, { reduction: "none" });
  bytes.addFloats(loss);
  bytes.addFloats(grad);
  bytes.addNumber(await by.crossEntropy(p, labels));
  bytes.addFloats(await by.softmaxBackward(p, grad, { shape, out: grad }));
}

/** Positions beside each other, of which every part has some of each row. */
async function addAxis(bytes, by, { logits, shape: [rows, cols] }) {
  bytes.addFloats(await by.logSoftmax(logits, { shape: [1, rows, cols], axis: 1 }));
}

async function addLayer(bytes, { linear, linearCrossEntropyGrad }, { x, layer, labels }) {
  bytes.addFloats(await linear(x, layer));
  const { loss, gradX, gradWeight, gradBias } = await linearCrossEntropyGrad(x, layer, labels);
  bytes.addNumber(loss);
  for (const floats of [gradX, gradWeight, gradBias]) bytes.addFloats(floats);
}

/** In the memory that the threads share, in place. */
async function addResident(bytes, by, { logits, labels, shape }) {
  const resident = by.alloc(logits.constructor, logits.length);
  resident.view.set(logits);
  await by.softmax(resident, { shape, out: resident });
  bytes.addFloats(resident.view);
  bytes.addNumber((await by.crossEntropyGrad(resident, labels, { out: resident })).loss);
  bytes.addFloats(resident.view);
  resident.free();
}

async function refusalOf(call) {
  try {
    await call();
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`;
  }
  return "not refused";
}
