// Where the compiled kernels come from: the bytes of the build with relaxed SIMD where the engine takes them, else those of
// inlined.ts. For the entry ./relaxed, which holds both.

import relaxed from "../../../build/relaxed.js";
import { fromHex, patched } from "../bytes.js";
import type { Backend } from "../engine.js";
import { checkHasWebAssembly, exportsOf, type Instantiated, plainBytes } from "./inlined.js";

export { isAbsent } from "./inlined.js";

/** Chosen and compiled once. */
let chosen: { readonly backend: Backend; readonly module: WebAssembly.Module } | undefined;

export function instantiate(): Instantiated {
  checkHasWebAssembly();
  chosen ??= choose();
  return { backend: chosen.backend, exports: exportsOf(chosen.module) };
}

function choose(): NonNullable<typeof chosen> {
  const plain = plainBytes();
  const bytes = relaxedBytes(plain);
  if (WebAssembly.validate(bytes)) {
    return { backend: { kind: "wasm", variant: "relaxed" }, module: new WebAssembly.Module(bytes) };
  }
  return {
    backend: { kind: "wasm", variant: "simd", reason: "this engine has no relaxed SIMD" },
    module: new WebAssembly.Module(plain),
  };
}

function relaxedBytes(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  return patched(plain, fromHex(relaxed));
}
