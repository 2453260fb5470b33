// Where the compiled kernels come from: nowhere (inlined.ts). What is left is the JavaScript backend, with this reason.

import type { Backend } from "../engine.js";

export const compiled: Backend = { kind: "wasm", variant: "simd" };

export function instantiate(): WebAssembly.Exports {
  throw new Error("the JavaScript build");
}
