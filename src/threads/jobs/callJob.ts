import { positionsOf } from "../../arguments/shape.js";
import type { Engine } from "../../backend/engine.js";
import type { Call } from "../../call.js";
import { execute } from "../../execute.js";
import type { LinearMemory } from "../../memory/linearMemory.js";
import type { Placed } from "../../memory/placed.js";
import type { Job } from "./job.js";
import { arraysOf, isInShared, type Scratch, SharedCall } from "./sharedCall.js";

/** A call of one of the pool's own functions. */
export class CallJob implements Job {
  private readonly operation: string;
  private readonly call: Call;

  /** `operation`: the name of the kernel. */
  constructor(operation: string, call: Call) {
    this.operation = operation;
    this.call = call;
  }

  get elements(): number {
    return this.call.x.length;
  }

  get isDivisible(): boolean {
    return positionsOf(this.call) > 1;
  }

  /** Of one function, on as many arrays that have to be copied. */
  kind(): string {
    const { operation, call } = this;
    const copies = this.arrays().filter((place) => !isInShared(place)).length;
    return [operation, call.x.type.key, call.inner > 1, call.more !== null, copies].join();
  }

  arrays(): Placed[] {
    return arraysOf(this.call);
  }

  execute(engine: Engine): void {
    execute(engine, this.call);
  }

  share(memory: LinearMemory, scratch: Scratch, threads: number): SharedCall {
    return new SharedCall(this.operation, this.call, memory, scratch, threads);
  }
}
