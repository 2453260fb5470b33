// The model of examples/onnxruntime: logits = mornings · W + b. `node test/e2e/examples/classifier.mjs` writes it there.

import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onnxGraph } from "../peers/onnxModel.mjs";

const file = new URL("../../../examples/onnxruntime/classifier.onnx", import.meta.url);

// Sun, cloud, rain: high pressure speaks for the first, humidity for the last.
const W = Float32Array.of(0.15, 0.02, -0.12, -0.08, 0.01, 0.06);
const B = Float32Array.of(0, 0.5, 0);

const bytes = () =>
  onnxGraph({
    name: "classifier",
    nodes: [{ operator: "Gemm", inputs: ["mornings", "W", "b"], outputs: ["logits"] }],
    inputs: [{ name: "mornings", type: "float32" }],
    outputs: [{ name: "logits", type: "float32" }],
    constants: [
      { name: "W", shape: [2, 3], data: W },
      { name: "b", shape: [3], data: B },
    ],
  });

/** Whether the file is what is written here. */
export const isAsWritten = () => Buffer.compare(readFileSync(file), bytes()) === 0;

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, bytes());
