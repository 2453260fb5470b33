// From the compiled module to kernels.

import { instantiate } from "./source/inlined.js";
import type { Kernels, KernelsOfTypes } from "./kernels.js";

type F64Names = { readonly [Name in keyof Kernels as `${Name}F64`]: Kernels[Name] };

/** The exports of the compiled module: assembly/index.ts. */
export interface WasmExports extends Kernels, F64Names {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
}

/** A new instance of the kernels. Throws where there is none to be had. */
export function load(): WasmExports {
  return instantiate() as unknown as WasmExports;
}

export function kernelsOf(wasm: WasmExports): KernelsOfTypes {
  const exports: [string, unknown][] = Object.entries(wasm);
  const f64 = exports.flatMap(([name, kernel]) => (name.endsWith("F64") ? [[name.slice(0, -3), kernel]] : []));
  return { f32: wasm, f64: Object.fromEntries(f64) as Kernels };
}
