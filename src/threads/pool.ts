import { logSoftmaxBackward, softmaxBackward } from "../backward.js";
import { CompensatedSum } from "../compensatedSum.js";
import { crossEntropy } from "../crossEntropy.js";
import { crossEntropyGrad, type LossAndGrad } from "../crossEntropyGrad.js";
import { crossEntropyHvp } from "../crossEntropyHvp.js";
import { type Backend, createEngine, type Engine } from "../engine.js";
import { kernelsOf, type WasmExports } from "../load.js";
import { logSoftmax } from "../logSoftmax.js";
import { logSumExp } from "../logSumExp.js";
import type { Job } from "../run.js";
import { softmax } from "../softmax.js";
import { compiled } from "../source/inlined.js";
import { type Alloc, alloc } from "../wasmArray.js";
import { Window } from "../window.js";
import type { AnyWorker } from "./channel.js";
import { Crew } from "./crew.js";
import { terminated, workerDied } from "./errors.js";
import type {
  PoolBackward,
  PoolCrossEntropy,
  PoolCrossEntropyGrad,
  PoolCrossEntropyHvp,
  PoolRowFunction,
} from "./functions.js";
import { newMemory, PoolMemory } from "./memory.js";
import { readPoolOptions } from "./options.js";
import { Queue } from "./queue.js";
import { FIRST_DATA, instantiateAt } from "./relocated.js";

/** What a pool computes with. */
export interface PoolBackend extends Backend {
  /** How many threads compute large calls; 1 for the calling thread alone. */
  readonly threads: number;
  /** Where it is not the fastest, or fewer threads than were asked for: what stands in the way. */
  readonly reason?: string;
}

/**
 * The library's functions on several threads, with the same arguments, results, bits and errors; results and errors come
 * by promise. Calls are done one after the other, in the order in which they were made. Leave the arrays of a call alone
 * until it settles.
 */
export interface Pool {
  readonly softmax: PoolRowFunction;
  readonly logSoftmax: PoolRowFunction;
  readonly logSumExp: PoolRowFunction;
  readonly crossEntropy: PoolCrossEntropy;
  readonly crossEntropyGrad: PoolCrossEntropyGrad;
  readonly crossEntropyHvp: PoolCrossEntropyHvp;
  readonly softmaxBackward: PoolBackward;
  readonly logSoftmaxBackward: PoolBackward;
  /** An array of zeros in the memory that the threads share, where they use it without a copy. */
  readonly alloc: Alloc;
  /** What computes, on how many threads, and why not on more. */
  backend(): PoolBackend;
  /**
   * Ends the workers; calls that have not settled, and all later ones, are rejected with ERR_TERMINATED. Resolves when the
   * workers have ended. Arrays of `alloc` stay what they are.
   */
  terminate(): Promise<void>;
}

/** What differs between Node and browsers. */
export interface Host {
  /** How many threads the machine has. */
  threads(): number;
  /** A worker of the library's own text. */
  worker(): AnyWorker;
}

const NOT_ISOLATED =
  "the page is not cross-origin isolated: threads share memory only where it is served with the headers " +
  "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";

export async function openPool(host: Host, options: unknown): Promise<Pool> {
  const given = readPoolOptions(options);
  const threads = given.threads ?? host.threads();
  if (threads === 1) return poolOn(createEngine("auto"), undefined);
  const scope = globalThis as { readonly crossOriginIsolated?: boolean; readonly SharedArrayBuffer?: unknown };
  if (scope.crossOriginIsolated === false || scope.SharedArrayBuffer === undefined) return alone(NOT_ISOLATED);

  let memory: PoolMemory;
  let wasm: WasmExports;
  try {
    memory = new PoolMemory(newMemory(true));
    wasm = instantiateAt(FIRST_DATA, true, memory.pages) as unknown as WasmExports;
  } catch (error) {
    return alone(error instanceof Error ? error.message : String(error));
  }
  const engine: Engine = {
    backend: compiled,
    kernels: kernelsOf(wasm),
    memory,
    window: new Window(memory),
  };
  const crew = new Crew(memory, wasm.heapBase(), given.worker ?? (() => host.worker()), (reason) =>
    queue.rejectAll((outIsUndefined) => workerDied(reason, outIsUndefined)),
  );
  const queue = new Queue(engine, memory, crew);
  const reason = await crew.open(threads);
  if (reason !== undefined) {
    await crew.end();
    return alone(`no worker: ${reason}`);
  }
  return poolOn(engine, { crew, queue });
}

/** The calling thread. */
function alone(reason: string): Pool {
  return poolOn(createEngine("auto"), undefined, reason);
}

/** Who does the jobs. */
interface Threads {
  readonly crew: Crew;
  readonly queue: Queue;
}

function poolOn(engine: Engine, threads: Threads | undefined, reason?: string): Pool {
  let ended: Promise<void> | undefined;

  /** One call: the library's own function checks it, and its job, if there is one, is queued instead of done. */
  const call = async (compute: (engine: Engine) => unknown): Promise<unknown> => {
    if (ended !== undefined) throw terminated(false);
    if (threads === undefined) return compute(engine);
    let job: Job | undefined;
    const result = compute({ ...engine, take: (taken) => (job = taken) });
    if (job === undefined) return result;
    await threads.queue.add(job);
    return withSum(result, job);
  };

  return {
    softmax: (x: unknown, o?: unknown) => call((by) => softmax(by, x, o)),
    logSoftmax: (x: unknown, o?: unknown) => call((by) => logSoftmax(by, x, o)),
    logSumExp: (x: unknown, o?: unknown) => call((by) => logSumExp(by, x, o)),
    crossEntropy: (x: unknown, y: unknown, o?: unknown) => call((by) => crossEntropy(by, x, y, o)),
    crossEntropyGrad: (x: unknown, y: unknown, o?: unknown) => call((by) => crossEntropyGrad(by, x, y, o)),
    crossEntropyHvp: (x: unknown, y: unknown, v: unknown, o?: unknown) => call((by) => crossEntropyHvp(by, x, y, v, o)),
    softmaxBackward: (y: unknown, dy: unknown, o?: unknown) => call((by) => softmaxBackward(by, y, dy, o)),
    logSoftmaxBackward: (y: unknown, dy: unknown, o?: unknown) => call((by) => logSoftmaxBackward(by, y, dy, o)),
    alloc: ((type: unknown, length: unknown) => alloc(engine, type, length)) as Alloc,
    backend: () => {
      const why = threads?.crew.reason ?? reason ?? engine.backend.reason;
      const size = Math.max(1, threads?.crew.size ?? 1);
      return { ...engine.backend, threads: size, ...(why === undefined ? {} : { reason: why }) };
    },
    terminate: () => {
      ended ??= (async () => {
        threads?.queue.end();
        await threads?.crew.end();
      })();
      return ended;
    },
  } as Pool;
}

/** What a function gave before its job was done: arrays hold the results by now, sums have to be taken. */
function withSum(result: unknown, { values, loss }: Job): unknown {
  if (!(values instanceof CompensatedSum) || loss === null) return result;
  const value = values.value / loss.divisor;
  return typeof result === "number" ? value : { ...(result as LossAndGrad<number, unknown>), loss: value };
}
