import { describe, expect, it } from "vitest";
import { formed } from "../../src/form.js";
import { instantiate } from "../../src/index.js";

// Arrays of 2^28 floats, a GiB each, really there.
const LENGTH = 2 ** 28;

describe("a GiB of logits", () => {
  const x = new Float32Array(LENGTH);

  it.each([
    ["rows of 256 classes", [2 ** 20, 256], 1],
    ["along the first axis", [256, 2 ** 20], 0],
    ["few classes", [2 ** 26, 4], 1],
  ] as const)("%s, in place: the last ones as the first", (_, shape, axis) => {
    const instance = instantiate();
    const cols = shape[axis];
    x.fill(1);
    x[LENGTH - 1] = 3;
    const before = instance.alloc(Float32Array, 1);
    const { byteLength } = before.view.buffer;
    expect(instance.softmax(x, { shape, axis, out: x })).toBe(x);
    const last = 1 / (1 + (cols - 1) * Math.exp(-2));
    expect(Math.abs(x[LENGTH - 1] / last - 1)).toBeLessThan(2 ** -20);
    expect(x[0]).toBe(Math.fround(1 / cols));
    expect(x[LENGTH / 2 - 2]).toBe(x[0]); // and not - 1, which is in the last column
    expect(before.view.buffer.byteLength, "linear memory holds blocks only").toBeLessThanOrEqual(byteLength + 2 ** 21);
  });

  it("a gradient of labels, in place", () => {
    const instance = instantiate();
    const rows = 2 ** 20;
    x.fill(0);
    const labels = new Uint8Array(rows).fill(255);
    const { loss } = instance.crossEntropyGrad(x, labels, { out: x, reduction: "sum" });
    expect(Math.abs(loss / (rows * Math.log(256)) - 1)).toBeLessThan(2 ** -22);
    expect(x[LENGTH - 1]).toBe(1 / 256 - 1);
    expect(x[LENGTH - 2]).toBe(1 / 256);
  });

  it("in linear memory, used where it is", () => {
    const instance = instantiate();
    const resident = instance.alloc(Float32Array, LENGTH);
    resident.view.fill(2);
    expect(instance.softmax(resident, { shape: [2 ** 18, 2 ** 10], out: resident })).toBe(resident);
    expect(resident.view[LENGTH - 1]).toBe(2 ** -10);
    expect(() => instance.alloc(Float32Array, 3 * LENGTH)).toThrow(
      expect.objectContaining({ code: "ERR_OUT_OF_MEMORY" }),
    );
    resident.free();
  });

  it("one row of 2^27 classes, longer than staging: memory grows for it, and no more for the next", () => {
    const instance = instantiate();
    const row = x.subarray(0, 2 ** 27);
    row.fill(0);
    instance.softmax(row, { out: row });
    expect(row[2 ** 27 - 1]).toBe(2 ** -27);
    const probe = instance.alloc(Float32Array, 1);
    const { byteLength } = probe.view.buffer;
    instance.logSoftmax(row, { out: row });
    expect(probe.view.buffer.byteLength).toBe(byteLength);
  });
});

it("an array of more numbers than V8 would make without holes is as long as its elements", () => {
  const elements = new Int32Array(2 ** 25 + 1);
  elements[2 ** 25] = 7;
  const numbers = formed(elements, 0, elements.length, "numbers") as number[];
  expect([numbers.length, numbers[0], numbers[2 ** 25]]).toEqual([elements.length, 0, 7]);
});
