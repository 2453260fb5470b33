import type { Engine } from "../../engine.js";
import { kernelsOf, type WasmExports } from "../../load.js";
import { run } from "../../run.js";
import { Window } from "../../window.js";
import { instantiateBytes } from "../instantiateBytes.js";
import type { FromWorker, Region } from "../messages.js";
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
  /** In their order. A task that comes while another one waits for room waits for its turn. */
  readonly #tasks: Task[] = [];
  /** The part of the first task that was taken and not done, for want of room. */
  #taken = -1;
  #waits = false;

  constructor(memory: WebAssembly.Memory, module: Uint8Array<ArrayBuffer>, region: Region) {
    this.#memory = memory;
    this.#exports = instantiateBytes(module, memory) as unknown as WasmExports;
    this.#region = region;
    this.#engine = this.#engineOf();
  }

  begin(task: Task): void {
    this.#tasks.push(task);
  }

  enlarge(region: Region): void {
    this.#region = region;
    this.#engine = this.#engineOf();
    this.#waits = false;
  }

  /** Does what can be done of the first task, and says what came of it; undefined where nothing can be done. */
  work(): FromWorker | undefined {
    if (this.#waits || this.#tasks.length === 0) return undefined;
    const [task] = this.#tasks;
    // Views are as long as the memory was when they were made.
    if (this.#engine.memory.buffer.byteLength < task.end) this.#engine = this.#engineOf();
    try {
      this.#workOn(task);
    } catch (error) {
      if (!(error instanceof TooSmall)) throw error;
      this.#waits = true;
      return { softmaxWasm: "need", bytes: error.bytes };
    }
    this.#tasks.shift();
    return { softmaxWasm: "done", task: task.id };
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
