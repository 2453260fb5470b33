// Where the compiled products come from: a module that the host has compiled (inlined.ts). For workerd, which forbids to compile
// bytes.

import module from "../../../build/linear.wasm";

export const linearModule = (): WebAssembly.Module => module;

/** workerd has no memory that threads share. */
export const sharedBytes = unavailable;
export const sharedModule = unavailable;

function unavailable(): never {
  throw new Error("shared memory: expected it, got none");
}
