// The page: what computes, and the three sections.

import { backend } from "softmax-wasm";
import { showBenchmark } from "./benchmark/section.js";
import { part } from "./elements.js";
import { showLearning } from "./learning/section.js";
import { nameOf } from "./nameOf.js";
import { showRow } from "./row/section.js";
import { chooseTheme } from "./theme.js";

chooseTheme();
showBackend();
showRow();
showBenchmark();
showLearning();
performance.mark("usable");

function showBackend(): void {
  const { reason } = backend();
  part("backend", HTMLElement).textContent = nameOf(backend());
  if (reason === undefined) return;
  const because = part("backend-reason", HTMLElement);
  because.textContent = `: the same results to the bit, only slower. Why not by WebAssembly: “${reason}”`;
  because.hidden = false;
}
