import { describe, expect, it } from "vitest";
import { BUILD, pairOf } from "./kernelCase.js";
import { differenceIn } from "./kernelBits.js";
import { KERNELS } from "./kernelList.js";

const SEED = 20261207;

describe(`every kernel has the bits of the one in JavaScript, whatever its arguments (seed ${SEED})`, () => {
  const { shipped } = pairOf(BUILD);

  it.each(KERNELS)("$name", (kernel) => {
    expect(differenceIn(shipped, kernel, SEED)).toBeUndefined();
  });
});
