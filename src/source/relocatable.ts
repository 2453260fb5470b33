// Where the compiled kernels come from: the module for threads, on a memory of its own (inlined.ts). The entry ./threads
// has it instead of the inlined one, so that it holds the kernels once.

import type { Backend } from "../engine.js";
import { newMemory } from "../threads/memory.js";
import { FIRST_DATA, instantiateAt } from "../threads/relocated.js";

export const compiled: Backend = { kind: "wasm", variant: "simd" };

export function instantiate(): WebAssembly.Exports {
  if (typeof WebAssembly !== "object") throw new Error("this engine has no WebAssembly");
  return instantiateAt(FIRST_DATA, false, newMemory(false));
}
