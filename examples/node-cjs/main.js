"use strict";

const { crossEntropy, logSoftmax, softmax } = require("softmax-wasm");

// A plain array holds doubles: it is computed in f64, and the result is a plain array too.
const logits = [1000, 1001, 1002];

const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
console.log("e^x / Σ e^x ", logits.map((x) => Math.exp(x) / sum).join(" "));
console.log("softmax     ", [...softmax(logits)].map((p) => p.toFixed(6)).join(" "));
console.log("log-softmax ", [...logSoftmax(logits)].map((l) => l.toFixed(6)).join(" "));

// A wrong argument throws an error with a stable code, before anything is written.
try {
  crossEntropy(logits, [3]);
} catch (error) {
  console.log(error.name, error.code, error.message);
}
