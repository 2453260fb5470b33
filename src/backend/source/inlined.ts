// Where the compiled kernels come from: their bytes, inlined. createEngine.ts imports this file, and the build of another
// entry puts another one of this folder in its place (tsdown.config.ts): each exports `instantiate`.
//
// The only file that knows the loader. @assemblyscript/loader is deprecated by its authors and was asked for by this
// library's: it is bundled, used for synchronous instantiation only, and the kernels are called through the instance's
// own exports (the loader's wrappers cost 15 ns a call).

import { instantiateSync } from "@assemblyscript/loader";
import simd from "../../../build/simd.js";
import { fromHex } from "../bytes.js";
import type { Backend } from "../engine.js";
import { hasNoWebAssembly } from "../standIn.js";

export { hasNoWebAssembly as isAbsent };

const backend: Backend = { kind: "wasm", variant: "simd" };

/** An instance of the kernels, and what it is. */
export interface Instantiated {
  readonly backend: Backend;
  readonly exports: WebAssembly.Exports;
}

/** Compiled once: an instance of what is compiled takes a tenth of the time. */
let module: WebAssembly.Module | undefined;

/** A new instance. Throws where there is no WebAssembly, no SIMD, or no permission. */
export function instantiate(): Instantiated {
  checkHasWebAssembly();
  module ??= new WebAssembly.Module(plainBytes());
  return { backend, exports: exportsOf(module) };
}

export const plainBytes = (): Uint8Array<ArrayBuffer> => fromHex(simd);

export const exportsOf = (compiled: WebAssembly.Module): WebAssembly.Exports =>
  instantiateSync(compiled).instance.exports;

export function checkHasWebAssembly(): void {
  if (hasNoWebAssembly()) throw new Error("this engine has no WebAssembly");
}
