// The memory that all threads work on. It is the calling thread's to give out: workers never grow it.

import { LinearMemory } from "../memory.js";

const PAGE = 65536;
/** The data of all instances is in the first MiB (relocated.ts). */
const PAGES = 16;
const MAX_PAGES = 65536;

/** Memory for the kernels' module. Throws where there is none to be had. */
export function newMemory(shared: boolean): WebAssembly.Memory {
  // All that addresses reach; less where so much cannot be promised ahead, which shared memory has to be.
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: PAGES, maximum, shared });
    } catch (error) {
      if (!shared || maximum <= 4096) throw error;
    }
  }
}

/** Who owns which part of the shared memory. What a caller frees while workers are at it is given back when they are not. */
export class PoolMemory extends LinearMemory {
  readonly pages: WebAssembly.Memory;
  /** Tasks that workers are at. */
  #tasks = 0;
  readonly #waiting: number[] = [];

  constructor(pages: WebAssembly.Memory) {
    super(pages, PAGES * PAGE);
    this.pages = pages;
  }

  override release(address: number): void {
    if (this.#tasks > 0) this.#waiting.push(address);
    else super.release(address);
  }

  /** Gives back what no worker is at, whatever they are at. */
  releaseNow(address: number): void {
    super.release(address);
  }

  /** A task begins, which may be at any array of a caller's. */
  hold(): void {
    this.#tasks++;
  }

  /** No worker is at the task any more. */
  letGo(): void {
    this.#tasks--;
    if (this.#tasks === 0) for (const address of this.#waiting.splice(0)) super.release(address);
  }
}
