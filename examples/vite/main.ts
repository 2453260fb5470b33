import { backend, crossEntropyGrad, type WasmArray, alloc } from "softmax-wasm";

// One straight line per class, fitted to eight points on an axis: logits[i, c] = w[c]·x[i] + b[c].
const x = [-4, -3, -2, -1, 1, 2, 3, 4];
const labels = Uint8Array.of(0, 0, 0, 1, 1, 2, 2, 2);
const CLASSES = 3;

const w = new Float32Array(CLASSES);
const b = new Float32Array(CLASSES);
const logits: WasmArray<Float32Array> = alloc(Float32Array, x.length * CLASSES);

function step(rate: number): number {
  const { view } = logits;
  x.forEach((value, i) => w.forEach((slope, c) => (view[i * CLASSES + c] = slope * value + b[c])));
  // The gradient overwrites the logits.
  const { loss, grad } = crossEntropyGrad(logits, labels, { out: logits });
  grad.view.forEach((gradient, i) => {
    w[i % CLASSES] -= rate * gradient * x[Math.floor(i / CLASSES)];
    b[i % CLASSES] -= rate * gradient;
  });
  return loss;
}

const lines: string[] = [];
for (let n = 0; n <= 300; n++) {
  const loss = step(0.3);
  if (n % 100 === 0) lines.push(`step ${String(n).padStart(3)}  loss ${loss.toFixed(4)}`);
}

const output = document.querySelector("#output");
if (output) output.textContent = [...lines, `computed by ${backend().kind}`].join("\n");
