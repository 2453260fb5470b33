// From the compiled module to kernels.

import type { Kernels, KernelsOfTypes } from "./kernels.js";
import { instantiate } from "./source/inlined.js";

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
  const f64: Kernels = {
    softmax: wasm.softmaxF64,
    logSoftmax: wasm.logSoftmaxF64,
    logSumExp: wasm.logSumExpF64,
    crossEntropy: wasm.crossEntropyF64,
    crossEntropyGrad: wasm.crossEntropyGradF64,
    divide: wasm.divideF64,
  };
  return { f32: wasm, f64 };
}
