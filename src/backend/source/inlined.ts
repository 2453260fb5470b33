// Where the compiled kernels come from: their bytes, inlined. createEngine.ts imports this file, and the build of another
// entry puts another one of this folder in its place (tsdown.config.ts): each exports `instantiate`.
//
// The only file that knows the loader. @assemblyscript/loader is deprecated by its authors and was asked for by this
// library's: it is bundled, used for synchronous instantiation only, and the kernels are called through the instance's
// own exports (the loader's wrappers cost 15 ns a call).

import wasm from "../../../build/simd.js";
import { instantiateSync } from "@assemblyscript/loader";
import type { Backend } from "../engine.js";
import { fromPrintable } from "../printable.js";

const backend: Backend = { kind: "wasm", variant: "simd" };

/** An instance of the kernels, and what it is. */
export interface Instantiated {
  readonly backend: Backend;
  readonly exports: WebAssembly.Exports;
}

/** A new instance. Throws where there is no WebAssembly, no SIMD, or no permission. */
export const instantiate = (): Instantiated => ({ backend, exports: exportsOf(fromPrintable(wasm)) });

export function exportsOf(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Exports {
  if (typeof WebAssembly !== "object") throw new Error("this engine has no WebAssembly");
  return instantiateSync(bytes).instance.exports;
}
