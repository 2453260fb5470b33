// What runtimes run of ./linear, which computes in the instance of the main entry: one hash of all that came out.

import { Bytes } from "./bytes.mjs";
import { row } from "./inputs.mjs";
import { sha256 } from "./sha256.mjs";

export function probeLinear(library, linear) {
  const bytes = new Bytes({ flush: false });
  for (const Elements of [Float32Array, Float64Array]) {
    for (const [rows, features, classes] of [
      [3, 5, 2],
      [70, 33, 17],
      [9, 40, 301],
    ]) {
      addLayer(bytes, library, linear, Elements, rows, features, classes);
    }
  }
  bytes.addText(refusalOf(() => linear.linear(Float32Array.of(1), { weight: Float32Array.of(1, 2), classes: 1 })));
  return { backend: library.backend(), inputs: "linear", hash: sha256(bytes.taken()) };
}

/** A layer with rows for it and their labels, some of them ignored. */
export function layerOf(Elements, rows, features, classes) {
  const some = row(Elements, (rows + classes) * features + classes);
  const x = some.slice(0, rows * features);
  const weight = some.slice(rows * features, (rows + classes) * features);
  const bias = some.slice((rows + classes) * features);
  const labels = Int32Array.from({ length: rows }, (_, n) => (n % 7 === 2 ? -100 : (n * 5) % classes));
  return { x, layer: { weight, bias }, labels };
}

function addLayer(bytes, { alloc }, { linear, linearCrossEntropy, linearCrossEntropyGrad }, Elements, ...sizes) {
  const { x, layer, labels } = layerOf(Elements, ...sizes);
  bytes.addFloats(linear(x, layer));
  bytes.addNumber(linearCrossEntropy(x, layer, labels));
  const { loss, gradX, gradWeight, gradBias } = linearCrossEntropyGrad(x, layer, labels, { reduction: "none" });
  for (const floats of [loss, gradX, gradWeight, gradBias]) bytes.addFloats(floats);
  const weight = alloc(Elements, gradWeight.length);
  weight.view.set(layer.weight);
  const out = { weight: alloc(Elements, gradWeight.length) };
  linearCrossEntropyGrad(x, { ...layer, weight }, labels, { labelSmoothing: 0.1, accumulate: true, out });
  bytes.addFloats(out.weight.view);
  weight.free();
  out.weight.free();
}

function refusalOf(call) {
  try {
    call();
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`;
  }
  return "not refused";
}
