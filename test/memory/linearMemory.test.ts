import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Instance, instantiate } from "../../src/index.js";
import { HeapPages, LinearMemory } from "../../src/memory/linearMemory.js";
import { Staging, STAGING_BYTES } from "../../src/memory/staging.js";
import { BACKENDS } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261124;

/** Staging, through which ordinary arrays pass, in elements of f32. */
const STAGING = STAGING_BYTES / 4;

/** Rows near each number that fills staging: a row takes its elements, a label and a value; scratch takes a row. */
function rowsAroundSeams(cols: number): number[] {
  const full = Math.floor(STAGING / (cols + 2));
  const beside = Math.floor((STAGING - cols) / (cols + 2));
  const counts = [full - 1, full, full + 1, beside - 1, beside, beside + 1, 2 * full + 1, 2 * beside + 1];
  return [...new Set(counts)].filter((rows) => rows > 0);
}

/** Everything that is computed of some rows, each result with `perRow` elements a row. */
function everything(instance: Instance, x: Float32Array, labels: Int32Array, cols: number): Float32Array[] {
  const shape = [x.length / cols, cols];
  const { loss, grad } = instance.crossEntropyGrad(x, labels, { reduction: "none" });
  return [
    instance.softmax(x, { shape }),
    instance.logSoftmax(x, { shape }),
    instance.softmax(x, { shape, temperature: 1.5 }),
    grad,
    instance.logSumExp(x, { shape }),
    instance.crossEntropy(x, labels, { reduction: "none" }),
    loss,
  ];
}

const same = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

describe.each(BACKENDS)("%s: blocks of rows", (_, instance) => {
  const random = mulberry32(SEED);
  const columns = [1, 2, 7, 100, 1000, 20_000, STAGING / 2 - 2, STAGING / 2, STAGING - 16, STAGING - 2, STAGING];
  const longer = [STAGING + 1, 3 * STAGING + 5, 2 ** 20 + 3];

  it.each([...columns, ...longer])("have the bits of row by row on both sides of every seam: %d classes", (cols) => {
    const counts = cols > STAGING ? [1, 2] : rowsAroundSeams(cols);
    const most = Math.max(...counts);
    // Of many short rows as few differ, by a prime number that no block has a multiple of.
    const different = Math.min(most, 1009);
    const some = Float32Array.from({ length: different * cols }, () => 20 * (random() - 0.5));
    const theirs = Int32Array.from({ length: different }, () => Math.floor(random() * cols));
    const x = new Float32Array(most * cols).map((_, i) => some[i % some.length]);
    const labels = new Int32Array(most).map((_, r) => theirs[r % different]);
    const single = Array.from({ length: different }, (_, r) =>
      everything(instance, x.slice(r * cols, (r + 1) * cols), labels.slice(r, r + 1), cols),
    );
    for (const rows of counts) {
      const together = everything(instance, x.slice(0, rows * cols), labels.slice(0, rows), cols);
      together.forEach((result, i) => {
        const perRow = result.length / rows;
        const joined = new Float32Array(result.length);
        for (let r = 0; r < rows; r++) joined.set(single[r % different][i], r * perRow);
        expect(same(result, joined), `result ${i} of ${rows} rows`).toBe(true);
      });
    }
  });

  it("work in place and on resident rows, however many", () => {
    const cols = 50;
    const rows = 3000;
    const x = new Float32Array(rows * cols).map(() => 20 * (random() - 0.5));
    const shape = [rows, cols];
    const expected = instance.softmax(x, { shape });
    const resident = instance.alloc(Float32Array, x.length);
    resident.view.set(x);
    expect(same(instance.softmax(resident, { shape }), expected)).toBe(true);
    expect(instance.softmax(resident, { shape, out: resident })).toBe(resident);
    expect(same(resident.view, expected)).toBe(true);
    resident.free();
    const out = x.slice();
    expect(instance.softmax(out, { shape, out })).toBe(out);
    expect(same(out, expected)).toBe(true);
  });
});

describe("linear memory that grows", () => {
  const long = new Float32Array(2 ** 20).map((_, i) => Math.sin(i)); // 4 MiB: longer than staging
  const expected = instantiate({ backend: "js" }).softmax(long);

  it("keeps what WasmArrays hold, and gives views of it that are attached", () => {
    const instance = instantiate({ backend: "wasm" });
    const arrays = [1, 5, 1000].map((length) => instance.alloc(Float32Array, length));
    const views = arrays.map(({ view }) => view.map((_, i) => 0.5 + i));
    arrays.forEach(({ view }, i) => view.set(views[i]));
    const old = arrays.map(({ view }) => view);
    expect(arrays.map(({ view }) => view)).toEqual(old);
    expect(arrays[0].view, "the same view while memory stays").toBe(old[0]);
    instance.softmax(long);
    for (const view of old) expect(view.byteLength, "growth detaches").toBe(0);
    expect(arrays.map(({ view }) => view)).toEqual(views);
    expect(instance.softmax(arrays[1])).toEqual(instance.softmax(views[1]));
    arrays[2].free();
    expect(arrays[1].view).toEqual(views[1]);
  });

  it("under a resident row, in place or beside another: by its scratch alone, as it is worked where it is", () => {
    const instance = instantiate({ backend: "wasm" });
    const [x, out] = [0, 0].map(() => instance.alloc(Float32Array, long.length));
    x.view.set(long);
    const { byteLength } = x.view.buffer;
    expect(instance.softmax(x, { out })).toBe(out);
    expect(same(out.view, expected)).toBe(true);
    expect(instance.softmax(x, { out: x })).toBe(x);
    expect(same(x.view, expected)).toBe(true);
    const page = 65536;
    expect(x.view.buffer.byteLength).toBeLessThanOrEqual(byteLength + long.byteLength + page);
  });

  it("under a resident input and a resident out", () => {
    const instance = instantiate({ backend: "wasm" });
    const x = instance.alloc(Float32Array, long.length);
    x.view.set(long);
    const out = instance.alloc(Float32Array, long.length);
    const before = x.view;
    // A mask changes the input, which then passes through staging.
    const mask = new Uint8Array(long.length).fill(1);
    expect(instance.logSoftmax(x, { out, mask })).toBe(out);
    expect(before.byteLength, "it did grow").toBe(0);
    expect(same(out.view, instance.logSoftmax(long, { mask }))).toBe(true);
    expect(same(x.view, long)).toBe(true);
  });

  it("under an out that is a raw view: it comes back attached, in the same place", () => {
    const instance = instantiate({ backend: "wasm" });
    const resident = instance.alloc(Float32Array, long.length + 3);
    const out = resident.view.subarray(3);
    const result = instance.softmax(long, { out });
    expect(out.byteLength).toBe(0);
    expect(result === out).toBe(false);
    expect(result.buffer).toBe(resident.view.buffer);
    expect(result.byteOffset).toBe(resident.view.byteOffset + 12);
    expect(same(result, expected)).toBe(true);
    const again = instance.softmax(long, { out: result });
    expect(again, "without growth it is what was given").toBe(result);
  });

  it("under a raw view for one loss or one logSumExp a row, and for a gradient", () => {
    for (const [length, run] of [
      [1, (i: Instance, out: Float32Array) => i.logSumExp(long, { out })],
      [1, (i: Instance, out: Float32Array) => i.crossEntropy(long, [7], { reduction: "none", out })],
      [long.length, (i: Instance, out: Float32Array) => i.crossEntropyGrad(long, [7], { out }).grad],
    ] as const) {
      const instance = instantiate({ backend: "wasm" });
      const resident = instance.alloc(Float32Array, length);
      const out = resident.view;
      const result = run(instance, out);
      expect(out.byteLength).toBe(0);
      expect(result.buffer).toBe(resident.view.buffer);
      expect(same(result, run(instance, new Float32Array(length)))).toBe(true);
      expect(same(result, resident.view)).toBe(true);
    }
  });

  it("is refused beyond 4 GiB, and nothing has changed", () => {
    const instance = instantiate({ backend: "wasm" });
    const kept = instance.alloc(Float32Array, 3);
    kept.view.set([1, 2, 3]);
    const { view } = kept;
    const has = view.buffer.byteLength;
    for (const length of [2 ** 30, 2 ** 30 + 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52]) {
      for (let i = 0; i < 100; i++) {
        expect(() => instance.alloc(Float32Array, length)).toThrow(
          expect.objectContaining({ name: "RangeError", code: "ERR_OUT_OF_MEMORY" }),
        );
      }
      expect(kept.view, "still the same view").toBe(view);
    }
    const next = instance.alloc(Float32Array, 3);
    expect(next.view.buffer.byteLength).toBe(has);
    expect(next.view.byteOffset, "where the next would have been anyway").toBe(view.byteOffset + 256);
    expect(kept.view).toEqual(Float32Array.of(1, 2, 3));
    expect(instance.softmax(Float32Array.of(0, 0))).toEqual(Float32Array.of(0.5, 0.5));
    expect(same(instance.softmax(long), expected)).toBe(true);
  });
});

describe.each(BACKENDS)("%s: WasmArrays", (kind, instance) => {
  it("hold zeros, also where others were", () => {
    for (let i = 0; i < 10; i++) {
      const array = instance.alloc(Float32Array, 1000);
      expect(array.length).toBe(1000);
      expect(same(array.view, new Float32Array(1000))).toBe(true);
      array.view.fill(NaN);
      array.free();
    }
  });

  it("free twice as once: what has the place now keeps it", () => {
    const first = instance.alloc(Float32Array, 10);
    first.free();
    const second = instance.alloc(Float32Array, 10);
    second.view.fill(3);
    first.free();
    const third = instance.alloc(Float32Array, 10);
    third.view.fill(4);
    expect(second.view).toEqual(new Float32Array(10).fill(3));
    second.free();
    third.free();
  });

  it("of another instance, or of the other backend, are copied like any array", () => {
    const x = new Float32Array(100).map((_, i) => Math.sin(i));
    const expected = instance.softmax(x);
    for (const backend of ["wasm", "js"] as const) {
      const other = instantiate({ backend });
      const array = other.alloc(Float32Array, 100);
      array.view.set(x);
      expect(same(instance.softmax(array), expected)).toBe(true);
      const out = other.alloc(Float32Array, 100);
      expect(instance.softmax(x, { out })).toBe(out);
      expect(same(out.view, expected)).toBe(true);
      expect(instance.softmax(array, { out: array })).toBe(array);
      expect(same(array.view, expected)).toBe(true);
    }
  });

  it("of two instances share no memory", () => {
    const [a, b] = [instantiate({ backend: kind as "wasm" }), instantiate({ backend: kind as "wasm" })];
    const [first, second] = [a.alloc(Float32Array, 1000), b.alloc(Float32Array, 1000)];
    first.view.fill(1);
    second.view.fill(2);
    a.softmax(new Float32Array(2 ** 18).fill(5));
    expect(first.view.buffer).not.toBe(second.view.buffer);
    expect(first.view).toEqual(new Float32Array(1000).fill(1));
    expect(second.view).toEqual(new Float32Array(1000).fill(2));
  });
});

describe("linear memory does not grow", () => {
  const bytes = (instance: Instance) => {
    const probe = instance.alloc(Float32Array, 1);
    const { byteLength } = probe.view.buffer;
    probe.free();
    return byteLength;
  };

  it("over 20,000 arrays of mixed sizes, a few of them alive at a time", () => {
    const instance = instantiate({ backend: "wasm" });
    const random = mulberry32(SEED);
    // The largest first, so that there is room for 20 of any size.
    const alive = Array.from({ length: 20 }, () => instance.alloc(Float32Array, 1024));
    const before = bytes(instance);
    for (let i = 0; i < 20_000; i++) {
      const at = Math.floor(random() * alive.length);
      alive[at].free();
      alive[at] = instance.alloc(Float32Array, Math.floor(random() * 1024));
    }
    expect(bytes(instance)).toBe(before);
    for (let i = 0; i < 20_000; i++) instance.alloc(Float32Array, Math.floor(random() * 1024)).free();
    expect(bytes(instance)).toBe(before);
    for (const array of alive) array.free();
  });

  it("over 20,000 calls of mixed functions, shapes and options", () => {
    const instance = instantiate({ backend: "wasm" });
    const random = mulberry32(SEED);
    const x = new Float32Array(4000).map(() => random());
    const out = new Float32Array(4000);
    const before = bytes(instance);
    for (let i = 0; i < 20_000; i++) {
      const rows = Math.floor(random() * 6);
      const cols = 1 + Math.floor(random() * (i % 100 === 0 ? 600 : 30));
      const part = x.subarray(0, rows * cols);
      const shape = [rows, cols];
      const target = out.subarray(0, rows * cols);
      if (i % 4 === 0) instance.softmax(part, { shape, out: target });
      else if (i % 4 === 1) instance.logSumExp(part, { shape, temperature: 2 });
      else if (i % 4 === 2) instance.crossEntropyGrad(part, new Uint8Array(rows), { shape, out: target });
      else expect(() => instance.crossEntropy(part, new Uint8Array(rows + 1), { shape })).toThrow(RangeError);
    }
    expect(bytes(instance)).toBe(before);
  });

  it("over inputs of many MiB whose rows fit into staging", () => {
    const instance = instantiate({ backend: "wasm" });
    const before = bytes(instance);
    instance.softmax(new Float32Array(2 ** 22), { shape: [2 ** 12, 2 ** 10] });
    instance.crossEntropyGrad(new Float32Array(2 ** 22), new Int32Array(2 ** 12));
    instance.softmax(new Float32Array(2 ** 22), { shape: [2 ** 12, 2 ** 4, 2 ** 6], axis: 1 });
    expect(bytes(instance)).toBe(before);
  });

  it("over rows of any width, however near to its end they fill staging, which stays where it is", () => {
    const instance = instantiate({ backend: "wasm" });
    const x = new Float32Array(2 ** 17);
    const place = () => {
      const probe = instance.alloc(Float32Array, 1);
      const { byteOffset } = probe.view;
      probe.free();
      return byteOffset;
    };
    // Behind staging, so that it cannot grow where it is, and would leave room before this.
    instance.alloc(Float32Array, 1);
    const before = place();
    for (const cols of [...Array.from({ length: 64 }, (_, i) => i + 1), 300, 301, 1000, 1023, 3000, 5001]) {
      const rows = Math.floor(x.length / cols);
      const part = x.subarray(0, rows * cols);
      instance.softmax(part, { shape: [rows, cols] });
      instance.crossEntropyGrad(part, new Int32Array(rows), { weight: new Float64Array(cols).fill(1) });
      expect(place(), `${cols} classes`).toBe(before);
    }
  });

  it("a second time for a row as long as one before", () => {
    const instance = instantiate({ backend: "wasm" });
    instance.logSoftmax(new Float32Array(2 ** 20));
    const before = bytes(instance);
    for (let i = 0; i < 5; i++) instance.logSoftmax(new Float32Array(2 ** 20 - i));
    expect(bytes(instance)).toBe(before);
  });
});

/** Pages of which there are only so many. */
class FewPages extends HeapPages {
  override grow(pages: number): number {
    if (this.buffer.byteLength / 65536 + pages > 8) throw new RangeError("no more pages");
    return super.grow(pages);
  }
}

describe("the allocator", () => {
  const BASE = 1000;
  const FIRST = 1024; // BASE, aligned

  const release = fc.record({ release: fc.nat() });
  const allocate = fc.record({
    bytes: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 300_000 })),
  });

  it(`gives ranges that do not meet, are aligned and lie in memory; all of it comes back (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(allocate, allocate, release), { maxLength: 60 }), (steps) => {
        const memory = new LinearMemory(new FewPages(), BASE);
        const live: { start: number; end: number }[] = [];
        let top = FIRST;
        for (const step of steps) {
          if ("release" in step) {
            if (live.length === 0) continue;
            const [{ start }] = live.splice(step.release % live.length, 1);
            memory.release(start);
            memory.release(start); // not there any more: no-op
            continue;
          }
          const { buffer } = memory;
          let start;
          try {
            start = memory.allocate(step.bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: "RangeError", code: "ERR_OUT_OF_MEMORY" });
            expect(memory.buffer, "a growth that fails leaves memory alone").toBe(buffer);
            continue;
          }
          const end = start + Math.max(step.bytes, 1);
          expect(start % 256).toBe(0);
          expect(start).toBeGreaterThanOrEqual(FIRST);
          expect(end).toBeLessThanOrEqual(memory.buffer.byteLength);
          for (const range of live) expect(start >= range.end || end <= range.start).toBe(true);
          live.push({ start, end });
          top = Math.max(top, Math.ceil(end / 256) * 256);
        }
        for (const { start } of live) memory.release(start);
        const { byteLength } = memory.buffer;
        if (top > FIRST) expect(memory.allocate(top - FIRST), "everything, as one range").toBe(FIRST);
        expect(memory.buffer.byteLength, "and without growth").toBe(byteLength);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("grows by what is missing behind a free range at its end", () => {
    const memory = new LinearMemory(new HeapPages(), 0);
    memory.allocate(1000);
    const last = memory.allocate(40_000);
    memory.release(last);
    expect(memory.allocate(120_000)).toBe(last);
    expect(memory.buffer.byteLength).toBe(2 * 65536);
  });

  it(`keeps what the ranges hold when it grows (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 10 }), (sizes) => {
        const memory = new LinearMemory(new HeapPages(), 0);
        const ranges = sizes.map((size, i) => {
          const start = memory.allocate(size);
          new Uint8Array(memory.buffer, start, size).fill(i + 1);
          return { start, size };
        });
        ranges.forEach(({ start, size }, i) => {
          expect(new Uint8Array(memory.buffer, start, size).every((byte) => byte === i + 1)).toBe(true);
        });
        expect(memory.f32.buffer).toBe(memory.buffer);
        expect(memory.i32.buffer).toBe(memory.buffer);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  it("staging that cannot grow stays as it was", () => {
    const memory = new LinearMemory(new FewPages(), 0);
    const staging = new Staging(memory);
    const behind = memory.allocate(1000);
    const { address } = staging;
    expect(() => staging.reserve(500_000)).toThrow(expect.objectContaining({ code: "ERR_OUT_OF_MEMORY" }));
    expect(staging.address).toBe(address);
    expect(staging.reserve(STAGING_BYTES)).toBe(address);
    expect(memory.allocate(1000), "nothing was lost before or behind it").toBe(behind + 1024);
  });

  it("ordinary memory ends at 4 GiB, as WebAssembly's does: addresses have 32 bits", () => {
    const pages = new HeapPages();
    const { buffer } = pages;
    for (const count of [65536, 65537, 2 ** 20, 2 ** 37]) {
      // The message, because engines with shorter arrays would throw anyway.
      expect(() => pages.grow(count)).toThrow(new RangeError("memory: expected at most 4 GiB"));
      expect(pages.buffer).toBe(buffer);
    }
  });
});

describe("the memory that the module starts with", () => {
  it.each([
    [Float32Array, 30_000],
    [Float64Array, 15_000],
  ] as const)("is enough for rows of ordinary arrays: %s, %d classes", (Type, cols) => {
    // Growth detaches a buffer, and V8 then runs all typed-array code of the process slower.
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow");
    const own = instantiate({ backend: "wasm" });
    const x = new Type(3 * cols).map((_, i) => i % 7);
    const shape = [3, cols];
    own.softmax(x, { shape });
    own.logSoftmax(x, { shape });
    own.logSumExp(x, { shape });
    own.crossEntropy(x, [0, 1, 2]);
    own.crossEntropyGrad(x, [0, 1, 2], { temperature: 2 });
    expect(grow).not.toHaveBeenCalled();
    own.softmax(new Type(4 * cols));
    expect(grow, "the spy sees growth where there is some").toHaveBeenCalled();
    grow.mockRestore();
  });
});
