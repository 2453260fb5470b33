import { rangeError } from "./errors.js";
import type { FloatArray, FloatType } from "./floatType.js";

/** What linear memory is made of: a WebAssembly.Memory, or ordinary memory for the JavaScript kernels. */
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
export class LinearMemory {
  f32!: Float32Array;
  f64!: Float64Array;
  i32!: Int32Array;
  u8!: Uint8Array;
  readonly #pages: Pages;
  /** Ranges below #top that are free, by address, never adjacent. */
  readonly #free: Range[] = [];
  readonly #used = new Map<number, number>();
  #top: number;

  constructor(pages: Pages, base: number) {
    this.#pages = pages;
    this.#top = align(base);
    this.#refresh();
  }

  get buffer(): ArrayBufferLike {
    return this.f32.buffer;
  }

  /** The address of `bytes` bytes that nobody else has. Grows memory where none are free. */
  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    const hole = this.#free.findIndex((range) => range.end - range.start >= size);
    if (hole >= 0) {
      const range = this.#free[hole];
      const address = range.start;
      range.start += size;
      if (range.start === range.end) this.#free.splice(hole, 1);
      this.#used.set(address, size);
      return address;
    }
    // The new end first: a growth that fails must leave everything as it was.
    const last = this.#free.at(-1);
    const address = last?.end === this.#top ? last.start : this.#top;
    this.#growTo(address + size, bytes);
    if (address !== this.#top) this.#free.pop();
    this.#top = address + size;
    this.#used.set(address, size);
    return address;
  }

  /** Gives back what `allocate` gave. */
  release(address: number): void {
    const size = this.#used.get(address);
    if (size === undefined) return;
    this.#used.delete(address);
    let at = this.#free.findIndex((range) => range.start > address);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { start: address, end: address + size });
    if (this.#free[at + 1]?.start === this.#free[at].end) {
      this.#free[at].end = this.#free[at + 1].end;
      this.#free.splice(at + 1, 1);
    }
    if (at > 0 && this.#free[at - 1].end === this.#free[at].start) {
      this.#free[at - 1].end = this.#free[at].end;
      this.#free.splice(at, 1);
    }
  }

  #growTo(end: number, bytes: number): void {
    const missing = Math.ceil((end - this.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    try {
      this.#pages.grow(missing);
    } catch {
      const has = this.buffer.byteLength;
      throw rangeError(
        "ERR_OUT_OF_MEMORY",
        `memory: expected room for ${bytes} bytes more, got no growth beyond ${has}`,
      );
    }
    this.#refresh();
  }

  #refresh(): void {
    this.f32 = new Float32Array(this.#pages.buffer);
    this.f64 = new Float64Array(this.#pages.buffer);
    this.i32 = new Int32Array(this.#pages.buffer);
    this.u8 = new Uint8Array(this.#pages.buffer);
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** An array of ordinary memory. */
export function newFloats(name: string, type: FloatType, length: number): FloatArray {
  try {
    return type.create(length);
  } catch {
    throw rangeError("ERR_OUT_OF_MEMORY", `${name}: expected room for ${length} elements, got none`);
  }
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
