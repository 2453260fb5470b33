import { expect, test } from "@jest/globals";
import { alloc, backend, crossEntropy, softmax } from "softmax-wasm";
import { softmax as ofTensor } from "softmax-wasm/interop";
import { softmax as inJs } from "softmax-wasm/js";
import { softmax as relaxed } from "softmax-wasm/relaxed";
import { createPool } from "softmax-wasm/threads";

const x = Float32Array.of(2, 1, 0.1);

test("every entry is found, typed, and computes the same", async () => {
  expect(document.body).toBeDefined();
  expect(backend().kind).toBe("wasm");
  const p = softmax(x);
  expect(Array.from(inJs(x))).toEqual(Array.from(p));
  expect(relaxed(x)[0]).toBeCloseTo(p[0], 6);
  expect(Array.from(ofTensor({ type: "float32", dims: [3], data: x }).data)).toEqual(Array.from(p));
  expect(crossEntropy(x, [0])).toBeCloseTo(0.417, 3);
  const pool = await createPool({ threads: 1 });
  expect(Array.from(await pool.softmax(x))).toEqual(Array.from(p));
  await pool.terminate();
});

test("arrays of one entry are arrays to another", () => {
  const array = alloc(Float32Array, 3);
  array.view.set(x);
  expect(inJs(array, { out: array })).toBe(array);
  expect([...array]).toEqual(Array.from(softmax(x)));
});
