// Where the compiled products come from: their bytes, inlined. products.ts imports this file; for workerd imported.ts takes its
// place (tsdown.config.ts).

import linear from "../../../build/linear.js";
import relaxed from "../../../build/linearRelaxed.js";
import shared from "../../../build/linearShared.js";
import { fromHex, patched } from "../../backend/bytes.js";

/** Compiled once, at the first call. */
let plainModule: WebAssembly.Module | undefined;
let fusingModule: WebAssembly.Module | undefined;

/** Throws where the engine does not compile it. */
export function linearModule(): WebAssembly.Module {
  plainModule ??= new WebAssembly.Module(bytes());
  return plainModule;
}

/** The module with relaxed SIMD. Throws where the engine does not compile it. */
export function relaxedModule(): WebAssembly.Module {
  fusingModule ??= new WebAssembly.Module(patched(bytes(), fromHex(relaxed)));
  return fusingModule;
}

const bytes = (): Uint8Array<ArrayBuffer> => fromHex(linear);

/** The module for memory that threads share, in a form that can be sent to workers. */
export const sharedBytes = (): Uint8Array<ArrayBuffer> => patched(bytes(), fromHex(shared));

/** Not kept: it is asked for once per pool. */
export const sharedModule = (): WebAssembly.Module => new WebAssembly.Module(sharedBytes());
