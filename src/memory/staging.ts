import type { LinearMemory } from "./linearMemory.js";

/** A quarter of the smallest L2 cache of today's server processors: what a block touches stays there between passes. */
export const STAGING_BYTES = 256 * 1024;

/**
 * The part of linear memory through which ordinary arrays pass, a block of whole rows at a time. Linear memory never
 * shrinks, so it holds blocks and never whole inputs, and grows only for a row that is longer than the staging area.
 */
export class Staging {
  readonly #memory: LinearMemory;
  /** Where it begins. */
  address: number;
  /** How many calls have used it. */
  uses = 0;
  #bytes = STAGING_BYTES;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.address = memory.allocate(STAGING_BYTES);
  }

  /** The address of at least `bytes` bytes. What staging held before is gone, and memory may have grown. */
  reserve(bytes: number): number {
    if (bytes > this.#bytes) {
      // Given back first: what a longer row needs may then start where the shorter one did.
      this.#memory.release(this.address);
      try {
        this.address = this.#memory.allocate(bytes);
        this.#bytes = bytes;
      } catch (error) {
        this.address = this.#memory.allocate(this.#bytes);
        throw error;
      }
    }
    return this.address;
  }
}
