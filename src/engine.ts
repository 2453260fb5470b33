import { rangeError } from "./errors.js";
import { jsKernels } from "./js/kernels.js";
import type { Kernels } from "./kernels.js";
import { load } from "./load.js";
import { HeapPages, LinearMemory } from "./memory.js";
import { Window } from "./window.js";

/** What computes, and why. */
export interface Backend {
  /** `"wasm"`: the compiled kernels. `"js"`: the same operations in JavaScript, with the same bits. */
  readonly kind: "wasm" | "js";
  /** Which build of the kernels. */
  readonly variant: "simd" | "scalar";
  /** Where the choice was not the fastest: what stood in the way, or that it was asked for. */
  readonly reason?: string;
}

/** Kernels, the memory they work on, and the window through which ordinary arrays pass. */
export interface Engine {
  readonly backend: Backend;
  readonly kernels: Kernels;
  readonly memory: LinearMemory;
  readonly window: Window;
}

export type BackendChoice = "auto" | "wasm" | "js";

export function createEngine(choice: BackendChoice): Engine {
  if (choice === "js") return jsEngine("asked for");
  try {
    const wasm = load();
    const memory = new LinearMemory(wasm.memory, wasm.heapBase());
    return { backend: { kind: "wasm", variant: "simd" }, kernels: wasm, memory, window: new Window(memory) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (choice === "wasm") throw rangeError("ERR_BACKEND", `backend: expected "wasm" to be possible, got: ${reason}`);
    return jsEngine(reason);
  }
}

function jsEngine(reason: string): Engine {
  const memory = new LinearMemory(new HeapPages(), 0);
  const backend: Backend = { kind: "js", variant: "scalar", reason };
  return { backend, kernels: jsKernels(memory), memory, window: new Window(memory) };
}
