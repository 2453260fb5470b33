// The kernels that ready a block for another kernel, or its result for the caller.

import { compress as compressInJs, countChunks as countChunksInJs, expand as expandInJs } from "./js/compress.js";
import { fillAbsent as fillAbsentInJs } from "./js/fillAbsent.js";
import * as js from "./js/pointwise.js";
import { smoothTargets as smoothTargetsInJs } from "./js/smoothTargets.js";
import type { Kernel } from "./kernel.js";

/** Copies the elements that the mask selects, and writes a number in place of the others. */
export const select: Kernel = { compiled: (kernels, call) => kernels.select(call), js: js.select };

/** Counts how many elements of each row remain when chunks without any present element are left out. */
export const countChunks: Kernel = { compiled: (kernels, call) => kernels.countChunks(call), js: countChunksInJs };

/** Copies rows without those chunks. */
export const compress: Kernel = { compiled: (kernels, call) => kernels.compress(call), js: compressInJs };

/** Restores rows, with a number in place of those chunks and of other absent elements. */
export const expand: Kernel = { compiled: (kernels, call) => kernels.expand(call), js: expandInJs };

/** A number in the place of what lengths leave out of each row. */
export const fillAbsent: Kernel = { compiled: (kernels, call) => kernels.fillAbsent(call), js: fillAbsentInJs };

/** What `out` holds, plus the result. */
export const add: Kernel = { compiled: (kernels, call) => kernels.add(call), js: js.add };

/** Smoothed and weighted targets. */
export const smoothTargets: Kernel = {
  compiled: (kernels, call) => kernels.smoothTargets(call),
  js: smoothTargetsInJs,
};
