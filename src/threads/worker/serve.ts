// A worker: an instance of the kernels on the shared memory, that does parts of tasks.

import type { Engine } from "../../engine.js";
import { kernelsOf, type WasmExports } from "../../load.js";
import { Window } from "../../window.js";
import { run } from "../../run.js";
import { type FromWorker, messageIn, type Region, type ToWorker } from "../messages.js";
import { partAt } from "../parts.js";
import { instantiateBytes } from "../instantiateBytes.js";
import { NEXT, READY, type Task } from "../task.js";
import { Arena, TooSmall } from "./arena.js";
import { jobOf } from "./jobOf.js";

/** The other end, whichever kind of worker this is. */
export interface Port {
  post(message: FromWorker): void;
  listen(take: (data: unknown) => void): void;
}

export function serve(port: Port): void {
  let bench: Bench | undefined;
  const take = (message: ToWorker): void => {
    if (message.softmaxWasm === "start") {
      bench = new Bench(message.memory, message.module, message.region);
      port.post({ softmaxWasm: "ready" });
      return;
    }
    if (bench === undefined) return;
    if (message.softmaxWasm === "room") bench.enlarge(message.region);
    else bench.begin(message.task);
    for (let answer = bench.work(); answer !== undefined; answer = bench.work()) port.post(answer);
  };
  port.listen((data) => {
    const message = messageIn<ToWorker>(data);
    if (message === undefined) return;
    try {
      take(message);
    } catch (error) {
      port.post({ softmaxWasm: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
  });
}

/** Where tasks are done. A task that comes while another one waits for room waits its turn. */
class Bench {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: WasmExports;
  #region: Region;
  #engine: Engine;
  readonly #tasks: Task[] = [];
  /** The part of the first task that was taken and not done, for want of room. */
  #left: number | undefined;
  #waits = false;

  constructor(memory: WebAssembly.Memory, module: Uint8Array<ArrayBuffer>, region: Region) {
    this.#memory = memory;
    this.#exports = instantiateBytes(module, memory) as unknown as WasmExports;
    this.#region = region;
    this.#engine = this.#engineOf();
  }

  enlarge(region: Region): void {
    this.#region = region;
    this.#engine = this.#engineOf();
    this.#waits = false;
  }

  begin(task: Task): void {
    this.#tasks.push(task);
  }

  /** Does what is there to be done of the first task; what is to be said then. */
  work(): FromWorker | undefined {
    const [task] = this.#tasks;
    if (task === undefined || this.#waits) return undefined;
    // Views are as long as memory was when they were made.
    if (this.#engine.memory.buffer.byteLength < task.end) this.#engine = this.#engineOf();
    const bytes = this.#workOn(task);
    if (bytes !== undefined) {
      this.#waits = true;
      return { softmaxWasm: "need", bytes };
    }
    this.#tasks.shift();
    return { softmaxWasm: "done", task: task.id };
  }

  /** Does parts as long as there are any; how much room the next one needs that is not there. */
  #workOn(task: Task): number | undefined {
    const engine = this.#engine;
    const { layout, cut } = task;
    const control = new Int32Array(engine.memory.buffer, task.control, 2);
    const job = jobOf(engine, task);
    for (;;) {
      const index = this.#left ?? Atomics.add(control, NEXT, 1);
      if (index >= cut.count) return undefined;
      this.#left = index;
      waitFor(control, index);
      const { row, endRow, first, end } = partAt(layout, cut, index);
      try {
        run(engine, job, row, endRow, first, end);
      } catch (error) {
        if (error instanceof TooSmall) return error.bytes;
        throw error;
      }
      this.#left = undefined;
    }
  }

  #engineOf(): Engine {
    const memory = new Arena(this.#memory, this.#region);
    return {
      backend: { kind: "wasm", variant: "simd" },
      kernels: kernelsOf(this.#exports),
      memory,
      window: new Window(memory),
      labels: new Int32Array(),
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
