import type { Engine } from "../../engine.js";
import { kernelsOf, type WasmExports } from "../../load.js";
import { run } from "../../run.js";
import { Window } from "../../window.js";
import { instantiateBytes } from "../instantiateBytes.js";
import type { Region } from "../messages.js";
import { partAt } from "../parts.js";
import { NEXT, READY, type Task } from "../task.js";
import { Arena, TooSmall } from "./arena.js";
import { jobOf } from "./jobOf.js";

/** Where a worker does its parts of tasks: an instance of the kernels on the shared memory. */
export class Bench {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: WasmExports;
  #region: Region;
  #engine: Engine;
  /** The part that was taken and not done, for want of room. */
  #taken = -1;

  constructor(memory: WebAssembly.Memory, module: Uint8Array<ArrayBuffer>, region: Region) {
    this.#memory = memory;
    this.#exports = instantiateBytes(module, memory) as unknown as WasmExports;
    this.#region = region;
    this.#engine = this.#engineOf();
  }

  enlarge(region: Region): void {
    this.#region = region;
    this.#engine = this.#engineOf();
  }

  /** Does what is left of a task: 0 when nothing is, else the bytes that its next part needs room for. */
  work(task: Task): number {
    // Views are as long as the memory was when they were made.
    if (this.#engine.memory.buffer.byteLength < task.end) this.#engine = this.#engineOf();
    try {
      this.#workOn(task);
    } catch (error) {
      if (!(error instanceof TooSmall)) throw error;
      return error.bytes;
    }
    return 0;
  }

  /** Does parts as long as there are any. */
  #workOn(task: Task): void {
    const { layout, cut } = task;
    const control = new Int32Array(this.#engine.memory.buffer, task.control, 2);
    const job = jobOf(this.#engine, task);
    for (;;) {
      if (this.#taken < 0) this.#taken = Atomics.add(control, NEXT, 1);
      if (this.#taken >= cut.count) break;
      waitFor(control, this.#taken);
      const { row, endRow, first, end } = partAt(layout, cut, this.#taken);
      run(this.#engine, job, row, endRow, first, end);
      this.#taken = -1;
    }
    this.#taken = -1;
  }

  #engineOf(): Engine {
    const memory = new Arena(this.#memory, this.#region);
    return {
      backend: { kind: "wasm", variant: "simd" },
      kernels: kernelsOf(this.#exports),
      memory,
      window: new Window(memory),
    };
  }
}

/** Until a part's input is in place. The calling thread is copying it then, and does nothing else before it is done. */
function waitFor(control: Int32Array, index: number): void {
  for (;;) {
    const ready = Atomics.load(control, READY);
    if (ready > index) return;
    Atomics.wait(control, READY, ready);
  }
}
