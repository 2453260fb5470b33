import { CALL_BYTES } from "../../assembly/abi.js";
import type { KernelType } from "../floatType.js";
import { HeapPages, LinearMemory } from "../memory/linearMemory.js";
import { Staging } from "../memory/staging.js";
import { inLinearMemory, inOrdinaryMemory, type NewArray } from "../memory/wasmArray.js";
import type { CompiledKernels, Kernel } from "./kernel.js";

/** What computes, and why. */
export interface Backend {
  /** `"wasm"`: the compiled kernels. `"js"`: the same operations in JavaScript, with the same bits. */
  readonly kind: "wasm" | "js";
  /**
   * Which build of the kernels. `"relaxed"` comes from the entry `softmax-wasm/relaxed` alone; its last bits depend on the
   * processor.
   */
  readonly variant: "simd" | "relaxed" | "scalar";
  /** Why it is not the fastest: what stood in the way, or that it was asked for. */
  readonly reason?: string;
}

/** What was lacking for WebAssembly, and may come yet. */
export type Lack = "memory" | "compiler";

/** Kernels, the memory they work on, and the staging area through which ordinary arrays pass. */
export interface Engine {
  readonly backend: Backend;
  readonly memory: LinearMemory;
  readonly staging: Staging;
  /** Makes the arrays of `alloc`. */
  readonly newArray: NewArray;
  /** The address of the call block that kernels read their arguments from. */
  readonly call: number;
  /** The call block of plain calls (execute.ts), and where staging began when it was readied. */
  readonly plain: { readonly call: number; base: number };
  /** Whether calls are executed later than they are made: those of a pool. */
  readonly defers: boolean;
  /** Where JavaScript only stands in for WebAssembly (standIn.ts): what for. */
  readonly lacks: Lack | null;
  /** The compiled kernels of each precision; null where they are JavaScript. */
  readonly compiled: { readonly f32: CompiledKernels; readonly f64: CompiledKernels } | null;
}

/**
 * The key under which the package's other entries find the engine of a backend, whichever copy of this file made it:
 * its value is a function that returns the engine. It is not enumerable, and not an export, so that users do not see
 * one more function.
 */
const ENGINE = /* @__PURE__ */ Symbol.for("softmax-wasm.engine");

interface Branded {
  readonly [ENGINE]?: () => Engine;
}

/** The engine behind a result of `backend()`; undefined for any other object. */
export const engineOf = (backend: Backend): Engine | undefined => (backend as Backend & Branded)[ENGINE]?.();

/** An engine of compiled kernels; `memory` is what they import, where they do not export their own. */
export function compiledEngine(
  backend: Backend,
  exports: WebAssembly.Exports,
  memory = exports.memory as WebAssembly.Memory,
): Engine {
  const wasm = exports as unknown as CompiledKernels & { heapBase(): number };
  // Those of f64 are exported with F64 behind their names.
  const f64: Record<string, (call: number) => void> = {};
  for (const name in wasm) if (name.endsWith("F64")) f64[name.slice(0, -3)] = wasm[name];
  return engineOn(backend, new LinearMemory(memory, wasm.heapBase()), { f32: wasm, f64 });
}

export function jsEngine(reason: string, lacks: Lack | null = null): Engine {
  // From 1 on, because an address of 0 stands for an array that is not there.
  return engineOn({ kind: "js", variant: "scalar", reason }, new LinearMemory(new HeapPages(), 1), null, lacks);
}

function engineOn(
  backend: Backend,
  memory: LinearMemory,
  compiled: Engine["compiled"],
  lacks: Lack | null = null,
): Engine {
  const engine: Engine = {
    backend: { ...backend },
    memory,
    staging: new Staging(memory),
    newArray: compiled === null ? inOrdinaryMemory : inLinearMemory(memory),
    call: memory.allocate(CALL_BYTES),
    plain: { call: memory.allocate(CALL_BYTES), base: -1 },
    defers: false,
    lacks,
    compiled,
  };
  // The descriptor inherits nothing, because Object.prototype may have been polluted.
  Object.defineProperty(engine.backend, ENGINE, { __proto__: null, value: () => engine } as PropertyDescriptor);
  return engine;
}

/** Runs a kernel in a precision on a call block. */
export function compute({ compiled, memory }: Engine, kernel: Kernel, type: KernelType, call: number): void {
  if (compiled === null) kernel.js(memory, type, call);
  else kernel.compiled(type.key === "f32" ? compiled.f32 : compiled.f64, call);
}
