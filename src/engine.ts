import { kernelsOf, load } from "./load.js";
import { rangeError } from "./errors.js";
import { jsKernels } from "./js/kernels.js";
import type { KernelsOfTypes } from "./kernels.js";
import { HeapPages, LinearMemory } from "./memory.js";
import type { Job } from "./run.js";
import { compiled } from "./source/inlined.js";
import { Window } from "./window.js";

/** What computes, and why. */
export interface Backend {
  /** `"wasm"`: the compiled kernels. `"js"`: the same operations in JavaScript, with the same bits. */
  readonly kind: "wasm" | "js";
  /** Which build of the kernels; `"relaxed"` of the entry `softmax-wasm/relaxed` alone, with bits of its own. */
  readonly variant: "simd" | "relaxed" | "scalar";
  /** Where the choice was not the fastest: what stood in the way, or that it was asked for. */
  readonly reason?: string;
}

/** Kernels, the memory they work on, and the window through which ordinary arrays pass. */
export interface Engine {
  readonly backend: Backend;
  /** In each precision. */
  readonly kernels: KernelsOfTypes;
  readonly memory: LinearMemory;
  readonly window: Window;
  /** Takes the jobs, where they are not to be done at once (threads/). */
  readonly take?: (job: Job) => void;
}

/** Which backend is asked for: {@link InstantiateOptions.backend}. */
export type BackendChoice = "auto" | "wasm" | "js";

export function createEngine(choice: BackendChoice): Engine {
  if (choice === "js") return jsEngine("asked for");
  try {
    const wasm = load();
    return engineOf(compiled, kernelsOf(wasm), new LinearMemory(wasm.memory, wasm.heapBase()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (choice === "wasm") throw rangeError("ERR_BACKEND", `backend: expected "wasm" to be possible, got: ${reason}`);
    return jsEngine(reason);
  }
}

function jsEngine(reason: string): Engine {
  const memory = new LinearMemory(new HeapPages(), 0);
  return engineOf({ kind: "js", variant: "scalar", reason }, jsKernels(memory), memory);
}

function engineOf(backend: Backend, kernels: KernelsOfTypes, memory: LinearMemory): Engine {
  return { backend, kernels, memory, window: new Window(memory) };
}
