// From bytes to kernels. The only file that knows the loader.
//
// @assemblyscript/loader is deprecated by its authors and was asked for by this library's: it is bundled, used for
// synchronous instantiation only, and the kernels are called through the instance's own exports (the loader's wrappers
// cost 15 ns a call).

import wasm from "../build/simd.js";
import { instantiateSync } from "@assemblyscript/loader";
import { fromHex } from "./hex.js";
import type { Kernels, KernelsOfTypes } from "./kernels.js";

type F64Names = { readonly [Name in keyof Kernels as `${Name}F64`]: Kernels[Name] };

/** The exports of the compiled module: assembly/index.ts. */
export interface WasmExports extends Kernels, F64Names {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
}

/** Compiles and instantiates the SIMD kernels. Throws where there is no WebAssembly, no SIMD, or no permission. */
export function load(): WasmExports {
  if (typeof WebAssembly !== "object") throw new Error("this engine has no WebAssembly");
  return instantiateSync(fromHex(wasm)).instance.exports as unknown as WasmExports;
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
