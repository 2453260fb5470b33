// Where the compiled kernels come from: nowhere (inlined.ts). What is left is the JavaScript backend, with this reason.

import type { Instantiated } from "./inlined.js";

export function instantiate(): Instantiated {
  throw new Error("the JavaScript build");
}

/** Nor will there be any. */
export const isAbsent = (): boolean => false;
