// Where the compiled kernels come from: a module that the host has compiled (inlined.ts). For hosts that import .wasm
// files as WebAssembly.Module and forbid to compile bytes: workerd.

import module from "../../build/simd.wasm";
import type { Backend } from "../engine.js";

export const compiled: Backend = { kind: "wasm", variant: "simd" };

export function instantiate(): WebAssembly.Exports {
  return new WebAssembly.Instance(module).exports;
}
