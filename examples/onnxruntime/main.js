import { fileURLToPath } from "node:url";
import ort from "onnxruntime-node";
import { crossEntropy, like, softmax } from "softmax-wasm/interop";

const WEATHER = ["sun", "cloud", "rain"];

// Pressure (hPa) and humidity (%) above average on three mornings.
const mornings = new ort.Tensor("float32", Float32Array.of(12, -20, 1, 5, -15, 25), [3, 2]);

const session = await ort.InferenceSession.create(fileURLToPath(new URL("classifier.onnx", import.meta.url)));
const { logits } = await session.run({ mornings });

// A tensor goes in, and `like` turns the result back into a tensor.
const probabilities = like(logits, softmax(logits));
const { data, dims } = probabilities;
console.log(`logits ${logits.type} [${logits.dims}] → probabilities ${probabilities.type} [${probabilities.dims}]`);

for (let row = 0; row < dims[0]; row++) {
  const p = data.subarray(row * WEATHER.length, (row + 1) * WEATHER.length);
  console.log(WEATHER.map((name, i) => `${name} ${(100 * p[i]).toFixed(1)} %`).join("  "));
}

// Labels of onnxruntime are int64.
const labels = new ort.Tensor("int64", BigInt64Array.of(0n, 1n, 2n), [3]);
console.log(`mean loss ${crossEntropy(logits, labels).toFixed(4)} nats`);
