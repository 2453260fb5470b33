import { LinearMemory } from "../../memory.js";
import type { Region } from "../messages.js";

/** That a region is too small, before anything was done. */
export class TooSmall extends Error {
  readonly bytes: number;

  constructor(bytes: number) {
    super(`no room for ${bytes} bytes`);
    this.bytes = bytes;
  }
}

/** The shared memory as a worker sees it: one region is its own, for its window. */
export class Arena extends LinearMemory {
  readonly #region: Region;

  constructor(memory: WebAssembly.Memory, region: Region) {
    super(memory, 0);
    this.#region = region;
  }

  override allocate(bytes: number): number {
    if (bytes > this.#region.bytes) throw new TooSmall(bytes);
    return this.#region.address;
  }

  override release(): void {
    // It stays this worker's.
  }
}
