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
  const f64: Kernels = {
    softmax: wasm.softmaxF64,
    logSoftmax: wasm.logSoftmaxF64,
    logSumExp: wasm.logSumExpF64,
    softmaxBackward: wasm.softmaxBackwardF64,
    logSoftmaxBackward: wasm.logSoftmaxBackwardF64,
    crossEntropy: wasm.crossEntropyF64,
    crossEntropyGrad: wasm.crossEntropyGradF64,
    crossEntropyHvp: wasm.crossEntropyHvpF64,
    spreadOver: wasm.spreadOverF64,
    divide: wasm.divideF64,
    add: wasm.addF64,
    keep: wasm.keepF64,
  };
  return { f32: wasm, f64 };
}
