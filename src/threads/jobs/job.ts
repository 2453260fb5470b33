// What a pool executes: a call of one of its own functions (callJob.ts), or of an entry that works with pools.

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
  /** Itself in memory that threads share: linear memory, or what scratch has. Throws where there is no room. */
  share(memory: LinearMemory, scratch: Scratch, threads: number): SharedJob;
}

export interface SharedJob {
  readonly task: Task;
  /** Whether workers write to memory that the caller has. */
  readonly writesInPlace: boolean;
  /** Copies the input, while workers are at what is there already. */
  copyIn(): void;
  /** What the workers wrote, to where it belongs. Nothing of it is written if this throws. */
  copyOut(): void;
  /** Leaves nothing for the workers to take. */
  stop(): void;
  /** Gives back memory, when no worker is at it. */
  release(): void;
}
