import { rangeError } from "../errors.js";
import type { FloatArray, KernelType } from "../floatType.js";

/** The view of linear memory that readers of arrays need; null if there is none. */
export interface Memory {
  readonly buffer: ArrayBufferLike | null;
}

/** The storage behind linear memory: a WebAssembly.Memory, or ordinary memory for the JavaScript kernels. */
export interface Pages {
  readonly buffer: ArrayBufferLike;
  /** Adds pages of 64 KiB. Throws a RangeError where it cannot. */
  grow(pages: number): number;
}

const PAGE = 65536;
const MAX_PAGES = 65536;

// A multiple that keeps results away from 16 mod 4096 bytes behind their input, where loads wait for stores (1.4 times
// the time), and every array on a cache line of its own.
const ALIGNMENT = 256;

interface Range {
  start: number;
  end: number;
}

/**
 * Linear memory and who owns which part of it. Addresses are byte offsets, unsigned.
 *
 * The views are for use at once: growth detaches them. Nobody outside this file keeps one.
 */
export class LinearMemory implements Memory {
  buffer!: ArrayBufferLike;
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u8!: Uint8Array;
  /** Arrays of `alloc` that have not been freed. Messages mention them, because freeing them may help. */
  readonly unfreed = { arrays: 0, bytes: 0 };
  /** The storage, for modules that import it. */
  readonly pages: Pages;
  /** Ranges that are free, by address, never adjacent; the last one goes on beyond the memory that there is. */
  readonly #free: Range[];
  readonly #used = new Map<number, number>();

  constructor(pages: Pages, base: number) {
    this.pages = pages;
    this.#free = [{ start: align(base), end: Infinity }];
    this.#refresh();
  }

  /** The elements of a precision. Not by a computed name, which costs a small call as much as two elements. */
  floats({ key }: KernelType): FloatArray {
    return key === "f32" ? this.f32 : this.f64;
  }

  /** Allocates `bytes` bytes and returns their address. Grows memory where no range is free. */
  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    const at = this.#free.findIndex((range) => range.end - range.start >= size);
    const range = this.#free[at];
    const address = range.start;
    // Before anything changes: a growth that fails must leave everything as it was.
    this.#growTo(address + size, bytes);
    range.start += size;
    if (range.start === range.end) this.#free.splice(at, 1);
    this.#used.set(address, size);
    return address;
  }

  /** Frees what `allocate` returned. */
  release(address: number): void {
    const size = this.#used.get(address);
    if (size === undefined) return;
    this.#used.delete(address);
    const free = this.#free;
    const at = free.findIndex((range) => range.start > address);
    free.splice(at, 0, { start: address, end: address + size });
    for (let i = at + 1; i >= at && i > 0; i--) {
      if (free[i - 1].end !== free[i].start) continue;
      free[i - 1].end = free[i].end;
      free.splice(i, 1);
    }
  }

  #growTo(end: number, bytes: number): void {
    const missing = Math.ceil((end - this.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    try {
      this.pages.grow(missing);
    } catch {
      const { arrays, bytes: held } = this.unfreed;
      const ofArrays =
        arrays === 0 ? "" : `; ${held} bytes of ${arrays} ${arrays === 1 ? "array" : "arrays"} are not freed`;
      const got = `no growth beyond ${this.buffer.byteLength}${ofArrays}`;
      throw rangeError("ERR_OUT_OF_MEMORY", `memory: expected room for ${bytes} bytes more, got ${got}`);
    }
    this.#refresh();
  }

  #refresh(): void {
    const { buffer } = this.pages;
    this.buffer = buffer;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Ordinary memory that grows like a WebAssembly.Memory, to 4 GiB: the kernels' addresses have 32 bits. */
export class HeapPages implements Pages {
  buffer = new ArrayBuffer(PAGE);

  grow(pages: number): number {
    const before = this.buffer.byteLength;
    if (before / PAGE + pages > MAX_PAGES) throw new RangeError("memory: expected at most 4 GiB");
    const grown = new ArrayBuffer(before + pages * PAGE);
    new Uint8Array(grown).set(new Uint8Array(this.buffer));
    this.buffer = grown;
    return before / PAGE;
  }
}
