// Where the compiled kernels come from: the bytes of the build with relaxed SIMD where the engine takes them, else those of
// inlined.ts. For the entry ./relaxed, which holds both.

import relaxed from "../../build/relaxed.js";
import type { Backend } from "../engine.js";
import { fromPrintable } from "../printable.js";
import * as plain from "./inlined.js";

const PLAIN: Backend = { ...plain.compiled, reason: "this engine has no relaxed SIMD" };

/** What the kernels of the last `instantiate` are. */
export let compiled = PLAIN;

export function instantiate(): WebAssembly.Exports {
  const bytes = fromPrintable(relaxed);
  const taken = typeof WebAssembly === "object" && WebAssembly.validate(bytes);
  compiled = taken ? { kind: "wasm", variant: "relaxed" } : PLAIN;
  return plain.instantiate(taken ? bytes : undefined);
}
