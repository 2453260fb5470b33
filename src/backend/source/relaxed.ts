// Where the compiled kernels come from: the bytes of the build with relaxed SIMD where the engine takes them, else those of
// inlined.ts. For the entry ./relaxed, which holds both.

import relaxed from "../../../build/relaxed.js";
import { fromPrintable } from "../printable.js";
import * as plain from "./inlined.js";

export function instantiate(): plain.Instantiated {
  const bytes = fromPrintable(relaxed);
  if (typeof WebAssembly === "object" && WebAssembly.validate(bytes)) {
    return { backend: { kind: "wasm", variant: "relaxed" }, exports: plain.exportsOf(bytes) };
  }
  const { backend, exports } = plain.instantiate();
  return { backend: { ...backend, reason: "this engine has no relaxed SIMD" }, exports };
}
