// Where the compiled kernels come from: their bytes, inlined. src/load.ts imports this file, and the build of another
// entry puts another one of this folder in its place (tsdown.config.ts): each exports the same two names.
//
// The only file that knows the loader. @assemblyscript/loader is deprecated by its authors and was asked for by this
// library's: it is bundled, used for synchronous instantiation only, and the kernels are called through the instance's
// own exports (the loader's wrappers cost 15 ns a call).

import wasm from "../../build/simd.js";
import { instantiateSync } from "@assemblyscript/loader";
import type { Backend } from "../engine.js";
import { fromPrintable } from "../printable.js";

/** What the kernels are. */
export const compiled: Backend = { kind: "wasm", variant: "simd" };

/** A new instance's exports. Throws where there is no WebAssembly, no SIMD, or no permission. */
export function instantiate(bytes = fromPrintable(wasm)): WebAssembly.Exports {
  if (typeof WebAssembly !== "object") throw new Error("this engine has no WebAssembly");
  return instantiateSync(bytes).instance.exports;
}
