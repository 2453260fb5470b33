// Where the compiled products come from: a module that the host has compiled (inlined.ts). For workerd, which forbids to compile
// bytes.

import module from "../../../build/linear.wasm";

export const linearModule = (): WebAssembly.Module => module;

/** workerd has no memory that threads share, and no kernels with relaxed SIMD. */
export const sharedBytes = unavailable;
export const sharedModule = unavailable;
export const relaxedModule = unavailable;

function unavailable(): never {
  throw new Error("this host has the plain module alone");
}
