import { describe, expect, it } from "vitest";
import { BUILD, subjectOf } from "./kernelCase.js";
import { differenceIn, SEEDS } from "./kernelBits.js";
import { KERNELS } from "./kernelList.js";

const [SEED] = SEEDS;

describe(`every kernel has the bits of the one in JavaScript, whatever its arguments (seed ${SEED})`, () => {
  const shipped = subjectOf(BUILD.wasm);

  it.each(KERNELS)("$name", (kernel) => {
    expect(differenceIn(shipped, kernel, SEED)).toBeUndefined();
  });
});
