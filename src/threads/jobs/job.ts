// A job of a pool: a call of one of its own functions (callJob.ts), or of an entry that works with pools.

import type { Engine } from "../../backend/engine.js";
import type { LinearMemory } from "../../memory/linearMemory.js";
import type { Placed } from "../../memory/placed.js";
import type { Task } from "../messages.js";
import type { Scratch } from "./sharedCall.js";

export interface Job {
  /** About so many nanoseconds of work. */
  readonly elements: number;
  /** Whether it has parts for two workers. */
  readonly isDivisible: boolean;
  /** Jobs of a kind take about as long, element for element. */
  kind(): string;
  /** The arrays that it has not copied. */
  arrays(): readonly Placed[];
  execute(engine: Engine): void;
  /** The same job in shared memory: in linear memory, or in scratch. Throws if there is no room. */
  share(memory: LinearMemory, scratch: Scratch, threads: number): SharedJob;
}

export interface SharedJob {
  readonly task: Task;
  /** Whether workers write directly to the caller's memory. */
  readonly writesInPlace: boolean;
  /** Copies the input, while workers already work on the parts that are there. */
  copyIn(): void;
  /** Moves what the workers wrote to the outputs. If this throws, nothing has been written. */
  copyOut(): void;
  /** Leaves nothing for the workers to take. */
  stop(): void;
  /** Frees memory, when no worker uses it any more. */
  release(): void;
}
