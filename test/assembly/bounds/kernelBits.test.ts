import { describe, expect, it } from "vitest";
import { BUILD, pairOf } from "./kernelCase.js";
import { differenceIn, SEEDS } from "./kernelBits.js";
import { KERNELS } from "./kernelList.js";

describe.each(SEEDS)("every kernel has the bits of the one in JavaScript, whatever its arguments (seed %i)", (seed) => {
  const { shipped } = pairOf(BUILD);

  it.each(KERNELS)("$name", (kernel) => {
    expect(differenceIn(shipped, kernel, seed)).toBeUndefined();
  });
});
