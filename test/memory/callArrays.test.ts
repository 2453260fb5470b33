import { expect, it } from "vitest";
import { F32 } from "../../src/floatType.js";
import { callDoubles, callFloats, callIntegers } from "../../src/memory/callArrays.js";
import { crossEntropyGrad, tokenLogProbs } from "../../src/index.js";

/** Around 64 and 1,024 bytes, and more of them than a block holds. */
const LENGTHS = Array.from({ length: 40 }, () => [0, 1, 2, 8, 9, 16, 17, 33, 128, 129, 256, 257, 1000]).flat();

it.each([
  ["doubles", (length: number) => callDoubles("x", length)],
  ["floats", (length: number) => callFloats("x", F32, length)],
  ["integers", callIntegers],
])("%s are zeros of their own", (_, make) => {
  const arrays = LENGTHS.map((length, n) => {
    const array = make(length);
    expect(array).toEqual(new (array.constructor as Float64ArrayConstructor)(length));
    return array.fill(n);
  });
  arrays.forEach((array, n) => expect(new Set(array)).toEqual(new Set(array.length === 0 ? [] : [n])));
});

it("what there is no room for is named", () => {
  expect(() => callDoubles("weight", 2 ** 40)).toThrow(
    expect.objectContaining({ code: "ERR_OUT_OF_MEMORY", message: expect.stringMatching(/^weight: /) as string }),
  );
});

it("callers get arrays with a buffer of their own", () => {
  const x = Float64Array.from({ length: 40 }, (_, i) => i % 7);
  const weight = Array.from({ length: 10 }, () => 2);
  const options = { weight, reduction: "none", upstream: [1, 2, 3, 4] } as const;
  const { loss, grad } = crossEntropyGrad(x, [1, 2, 3, 4], options);
  for (const result of [loss, grad, tokenLogProbs(x, [1, 2, 3, 4])]) {
    expect(result.buffer.byteLength).toBe(result.byteLength);
  }
});
