// The page: the backend's name, and the sections.

import { backend } from "softmax-wasm";
import { showBenchmark } from "./benchmark/section.js";
import { showDigits } from "./digits/section.js";
import { part } from "./elements.js";
import { showLearning } from "./learning/section.js";
import { nameOf } from "./nameOf.js";
import { showRow } from "./row/section.js";
import { showSampling } from "./sampling/section.js";
import { chooseTheme } from "./theme.js";

chooseTheme();
showBackend();
showRow();
showSampling();
showBenchmark();
showLearning();
showDigits();
performance.mark("usable");

function showBackend(): void {
  const { reason } = backend();
  part("backend", HTMLElement).textContent = nameOf(backend());
  if (reason === undefined) return;
  const because = part("backend-reason", HTMLElement);
  because.textContent = `: the same bits, but slower. WebAssembly is not used because of: “${reason}”`;
  because.hidden = false;
}
