// Where the compiled kernels come from: a module that the host has compiled (inlined.ts). For hosts that import .wasm
// files as WebAssembly.Module and forbid to compile bytes: workerd.

import module from "../../../build/simd.wasm";
import type { Instantiated } from "./inlined.js";

export const instantiate = (): Instantiated => ({
  backend: { kind: "wasm", variant: "simd" },
  exports: new WebAssembly.Instance(module).exports,
});

export const isAbsent = (): boolean => false;
