import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/index.js";
import { BACKENDS } from "../reference/backends.js";
import { expectRefusal, FUNCTIONS, patterned, rangeError } from "./refusal.js";

/** Few classes and many: loops, views, and more rows than staging holds. */
const SHAPES = [
  [1, 7],
  [3, 5],
  [2, 100],
  [1100, 60],
] as const;

/** Bytes that compare fast, for arrays too long to be shown. */
const bytesOf = (array: Float32Array) => Buffer.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
const same = (array: Float32Array, expected: Buffer) => bytesOf(array).equals(expected);

const VALUES = new Float32Array(66_000).map((_, i) => 5 * Math.sin(i * i));
const filled = (length: number) => VALUES.slice(0, length);

describe.each(BACKENDS)("%s", (backend, instance) => {
  describe.each(FUNCTIONS)("$name", ({ name, input, call }) => {
    const isLoss = input === "logits";
    const perRow = ["logSumExp", "entropy", "crossEntropy"].includes(name);
    const reduction = isLoss ? { reduction: "none" } : {};
    const labelsOf = (rows: number) => new Int32Array(rows).map((_, i) => i % 3);

    /** Both views of one buffer, every way that they can meet, and the result as if they did not. */
    const cases = (rows: number, cols: number) => {
      const length = rows * cols;
      const outLength = perRow ? rows : length;
      const distances = [1, 3, cols - 1, cols, length - 1].filter((d) => d > 0 && d < length);
      const ways: [number, number][] = [[0, 0]];
      for (const distance of new Set(distances)) {
        ways.push([0, distance]);
        // Out before x meets it only where it is long enough.
        if (distance < outLength) ways.push([distance, 0]);
      }
      return { length, outLength, ways };
    };
    const expectedOf = (rows: number, cols: number) => {
      const plain = call(instance, filled(rows * cols), labelsOf(rows), { shape: [rows, cols], ...reduction });
      return bytesOf((plain as { grad?: Float32Array }).grad ?? (plain as Float32Array));
    };

    it.each(SHAPES)("out that overlaps the input: as if the input had been read first, %d × %d", (rows, cols) => {
      const { length, outLength, ways } = cases(rows, cols);
      const expected = expectedOf(rows, cols);
      for (const makeBuffer of [(n: number) => new ArrayBuffer(n), (n: number) => new SharedArrayBuffer(n)]) {
        for (const [from, to] of ways) {
          const buffer = makeBuffer(4 * (length + Math.max(from, to) + 2));
          // The rest of the buffer shows writes beside out.
          const all = new Float32Array(buffer).fill(7);
          const x = new Float32Array(buffer, 4 * from, length);
          x.set(filled(length));
          const out = new Float32Array(buffer, 4 * to, outLength);
          const untouched = all.slice();
          call(instance, x, labelsOf(rows), { shape: [rows, cols], out, ...reduction });
          expect(same(out, expected), `x at ${from}, out at ${to}`).toBe(true);
          untouched.set(out, to);
          expect(same(all, bytesOf(untouched)), "beside out").toBe(true);
        }
      }
    });

    it.each(SHAPES)("two objects of one shared memory overlap like one, %d × %d", (rows, cols) => {
      const { length, outLength, ways } = cases(rows, cols);
      const expected = expectedOf(rows, cols);
      for (const [from, to] of ways) {
        const buffer = new SharedArrayBuffer(4 * (length + Math.max(from, to)));
        const other = structuredClone(buffer);
        expect(other).not.toBe(buffer);
        const x = new Float32Array(buffer, 4 * from, length);
        x.set(filled(length));
        const out = new Float32Array(other, 4 * to, outLength);
        call(instance, x, labelsOf(rows), { shape: [rows, cols], out, ...reduction });
        expect(same(out, expected), `x at ${from}, out at ${to}`).toBe(true);
      }
    });

    it.each(SHAPES)("in linear memory it is refused, and one beside the other is not, %d × %d", (rows, cols) => {
      const { length, outLength, ways } = cases(rows, cols);
      const expected = expectedOf(rows, cols);
      const resident = instance.alloc(Float32Array, 2 * length + 4);
      const message = `out: expected ${input} itself or memory apart from it, got a part of it`;
      for (const [from, to] of [...ways, [0, length] as const, [outLength, 0] as const]) {
        const x = resident.view.subarray(from, from + length);
        x.set(filled(length));
        const out = resident.view.subarray(to, to + outLength);
        const run = () => call(instance, x, labelsOf(rows), { shape: [rows, cols], out, ...reduction });
        const meet = from !== to && from < to + outLength && to < from + length;
        if (meet && backend === "wasm") {
          expectRefusal(instance, run, [resident.view], rangeError("ERR_OVERLAP", message));
        } else {
          run();
          expect(same(out, expected), `x at ${from}, out at ${to}`).toBe(true);
        }
      }
      resident.free();
    });

    it("memory of another instance is ordinary memory", async () => {
      const { instantiate } = await import("../../src/index.js");
      const resident = instantiate().alloc(Float32Array, 12);
      const x = resident.view.subarray(0, 10);
      x.set(filled(10));
      const out = resident.view.subarray(2, perRow ? 3 : 12);
      call(instance, x, labelsOf(1), { out, ...reduction });
      expect(same(out, expectedOf(1, 10))).toBe(true);
    });

    if (isLoss) {
      it("labels that lie in out are read first", () => {
        const rows = 20;
        const x = filled(rows * 3);
        const plain = call(instance, x, labelsOf(rows), reduction);
        const out = patterned(perRow ? rows : 3 * rows);
        const labels = new Int32Array(out.buffer, 0, rows);
        labels.set(labelsOf(rows));
        const result = call(instance, x, labels, { out, ...reduction });
        expect(result).toEqual(plain);
      });

      it("shared labels are copied before they are checked", () => {
        for (const rows of [3, 400]) {
          const labels = new Int32Array(new SharedArrayBuffer(4 * rows));
          labels.set(labelsOf(rows));
          const x = filled(rows * 3);
          expect(call(instance, x, labels, reduction)).toEqual(call(instance, x, labelsOf(rows), reduction));
        }
      });
    }
  });
});

/** Rows in more blocks than one, whose mask would be written over by the first. */
const [ROWS, COLS] = [1100, 60];

describe.each(BACKENDS)("%s: a mask", (backend, instance) => {
  const x = filled(ROWS * COLS);
  const present = new Uint8Array(ROWS * COLS).map((_, i) => (i % 60 === 0 || i % 7 > 2 ? 1 : 0));
  const labels = new Int32Array(ROWS);
  const shape = [ROWS, COLS];
  const calls = {
    softmax: (options: object) => instance.softmax(x, options as never),
    logSumExp: (options: object) => instance.logSumExp(x, options as never),
    crossEntropyGrad: (options: object) => instance.crossEntropyGrad(x, labels, options as never).grad,
    softmaxBackward: (options: object) => instance.softmaxBackward(x, x, options as never),
    logSoftmaxBackward: (options: object) => instance.logSoftmaxBackward(x, x, options as never),
  };

  it.each(Object.entries(calls))("that lies in the out of %s is read first", (name, call) => {
    const length = name === "logSumExp" ? ROWS : x.length;
    const expected = bytesOf(call({ shape, mask: present.slice() }) as Float32Array);
    for (const makeBuffer of [(n: number) => new ArrayBuffer(n), (n: number) => new SharedArrayBuffer(n)]) {
      for (const at of [0, 1000, 3 * length]) {
        const buffer = makeBuffer(4 * length + present.length);
        for (const other of buffer instanceof ArrayBuffer ? [buffer] : [buffer, structuredClone(buffer)]) {
          const mask = new Uint8Array(other, at, present.length);
          mask.set(present);
          const out = new Float32Array(buffer, 0, length);
          call({ shape, mask, out });
          expect(same(out, expected), `at ${at}`).toBe(true);
        }
      }
    }
  });

  it("that lies in linear memory is used, also where the call makes memory grow", () => {
    const cols = 2 ** 17;
    const long = Float32Array.from({ length: cols }, (_, i) => Math.sin(i));
    const mask = new Uint8Array(cols).map((_, i) => i % 3);
    const make = {
      softmax: (by: typeof instance, given: Uint8Array) => by.softmax(long, { mask: given }),
      argmax: (by: typeof instance, given: Uint8Array) => by.argmax(long, { mask: given }),
      topK: (by: typeof instance, given: Uint8Array) => by.topK(long, { k: 3, mask: given }),
      softmaxBackward: (by: typeof instance, given: Uint8Array) => by.softmaxBackward(long, long, { mask: given }),
    };
    for (const call of Object.values(make)) {
      const own = instantiate({ backend: backend as "wasm" });
      const resident = own.alloc(Float32Array, cols / 4);
      const there = new Uint8Array(resident.view.buffer, resident.view.byteOffset, cols);
      there.set(mask);
      expect(call(own, there)).toEqual(call(instance, mask));
    }
  });
});

describe.each(BACKENDS)("%s: an out to accumulate in", (_, instance) => {
  const refusal = rangeError("ERR_OVERLAP", "out: expected memory apart from the logits, got a part of it");

  it("is refused where it has memory of the logits, at the same start too", () => {
    const memory = new Float32Array(18);
    for (const from of [0, 1, 11]) {
      const [x, out] = [memory.subarray(0, 12), memory.subarray(from, from + 12)];
      if (out.length < 12) continue;
      const run = () => instance.crossEntropyGrad(x, [0, 1], { out, accumulate: true });
      expectRefusal(instance, run, [memory], refusal);
    }
    instance.crossEntropyGrad(memory.subarray(0, 6), [0], { out: memory.subarray(6, 12), accumulate: true });
  });

  it("reads logits in a SharedArrayBuffer first, whether it is another memory than out or the same", () => {
    const buffer = new SharedArrayBuffer(52);
    for (const outBuffer of [new SharedArrayBuffer(52), structuredClone(buffer)]) {
      for (const [from, to] of [
        [0, 0],
        [0, 4],
        [4, 0],
      ]) {
        const [x, out] = [new Float32Array(buffer, from, 12), new Float32Array(outBuffer, to, 12)];
        out.set(filled(12));
        x.set(filled(12));
        // What the same memory holds is what was written last.
        const held = out.slice();
        const { grad } = instance.crossEntropyGrad(x.slice(), [0, 1]);
        instance.crossEntropyGrad(x, [0, 1], { out, accumulate: true });
        expect(bytesOf(out)).toEqual(bytesOf(Float32Array.from(held, (value, i) => value + grad[i])));
      }
    }
  });

  it("takes targets of a binary loss in another SharedArrayBuffer than out", () => {
    const [targets, out] = [0, 1].map((i) => new Float32Array(new SharedArrayBuffer(12)).fill(i));
    const { grad } = instance.binaryCrossEntropyGrad(Float32Array.of(1, 2, 3), Float32Array.of(0, 0, 0));
    instance.binaryCrossEntropyGrad(Float32Array.of(1, 2, 3), targets, { out, accumulate: true });
    expect(bytesOf(out)).toEqual(bytesOf(Float32Array.from(grad, (g) => 1 + g)));
  });
});
