import { alloc, backend, crossEntropyGrad, softmax } from "softmax-wasm";

const logits = Float32Array.of(2, 1, 0.1, 0, 3, 1); // 2 rows of 3 classes
const labels = [0, 2];

const digits = (values) => Array.from(values, (value) => value.toFixed(4)).join(" ");

console.log("backend      ", backend().kind);
console.log("probabilities", digits(softmax(logits, { shape: [2, 3] })));
console.log("at τ = 0.5   ", digits(softmax(logits, { shape: [2, 3], temperature: 0.5 })));

const { loss, grad } = crossEntropyGrad(logits, labels);
console.log("loss         ", digits([loss]));
console.log("gradient     ", digits(grad));

// For arrays that are used repeatedly: this one is in WebAssembly memory, and no call copies it.
const resident = alloc(Float32Array, logits.length);
for (let step = 1; step <= 3; step++) {
  resident.view.set(logits);
  const { loss } = crossEntropyGrad(resident, labels, { out: resident });
  // Read `view` again after each call: memory may have grown, which detaches older views.
  resident.view.forEach((gradient, i) => (logits[i] -= gradient));
  console.log("step", step, "loss  ", digits([loss]));
}
resident.free();
