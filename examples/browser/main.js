import { backend, softmax } from "softmax-wasm";

const input = document.querySelector("#logits");
const output = document.querySelector("#output");

function show() {
  const logits = input.value.trim().split(/\s+/).map(Number);
  const lines = Array.from(softmax(logits), (p, i) => `${String(logits[i]).padStart(6)}  ${(100 * p).toFixed(2)} %`);
  output.textContent = [...lines, `computed by ${backend().kind}`].join("\n");
}

input.addEventListener("input", show);
show();
