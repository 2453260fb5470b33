// The softmax of transformers.js: plain JavaScript for one row, which it answers with a new array. It has no loss.
//
// From its file, and not from the package, which would load ONNX Runtime and an image library beside it.

import { readFileSync } from "node:fs";
import { softmax } from "../node_modules/@huggingface/transformers/src/utils/maths.js";

export function load() {
  const manifest = new URL("../node_modules/@huggingface/transformers/package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  return { version, copying };
}

function copying(work, { rows, cols, x }) {
  if (work !== "softmax") return { competitors: [], free: () => {} };
  let out;
  const run = () => {
    if (rows === 1) {
      out = softmax(x);
    } else {
      out = new Float32Array(x.length);
      for (let row = 0; row < x.length; row += cols) out.set(softmax(x.subarray(row, row + cols)), row);
    }
    return 0;
  };
  // Exponentials that are rounded to f32 twice, before and after the division.
  return { competitors: [{ name: "transformers.js copying", run, result: () => out }], free: () => {} };
}
