// The memory that all threads work on. It is the calling thread's to give out: workers never grow it.

import { LinearMemory } from "../memory.js";

const PAGE = 65536;
/** The data of all instances is in the first MiB (relocated.ts). */
export const PAGES = 16;
const MAX_PAGES = 65536;

/** Memory for the kernels' module. Throws where there is none to be had. */
export function newMemory(shared: boolean): WebAssembly.Memory {
  // All that addresses reach; less where so much cannot be promised ahead, which shared memory has to.
  let maximum = MAX_PAGES;
  for (;;) {
    try {
      return new WebAssembly.Memory({ initial: PAGES, maximum, shared });
    } catch (error) {
      if (!shared || maximum <= 4096) throw error;
      maximum /= 2;
    }
  }
}

/** Who owns which part of the shared memory. What a caller frees while calls are under way is given back after them. */
export class PoolMemory extends LinearMemory {
  readonly pages: WebAssembly.Memory;
  #held = false;
  readonly #waiting: number[] = [];

  constructor(pages: WebAssembly.Memory) {
    super(pages, PAGES * PAGE);
    this.pages = pages;
  }

  override release(address: number): void {
    if (this.#held) this.#waiting.push(address);
    else super.release(address);
  }

  /** Gives back what nobody works on, calls under way or not. */
  releaseNow(address: number): void {
    super.release(address);
  }

  /** From now on calls are under way, which may work on any array. */
  hold(): void {
    this.#held = true;
  }

  /** No call is under way. */
  letGo(): void {
    this.#held = false;
    for (const address of this.#waiting.splice(0)) super.release(address);
  }
}
