import { checkIsPlain } from "../arguments/options.js";
import { rangeError, show, typeError } from "../errors.js";
import { type AnyWorker, isWorker } from "./channel.js";

/** Options of `createPool`. */
export interface PoolOptions {
  /** How many threads compute: an integer in [1, 256]; by default as many as the machine has. 1 means no workers. */
  readonly threads?: number | undefined;
  /**
   * Makes a worker that runs `softmax-wasm/threads/worker`, for bundlers and content security policies that refuse the
   * worker that the library makes from its own text.
   */
  readonly worker?: (() => AnyWorker) | undefined;
}

export interface ReadPoolOptions {
  readonly threads: number | undefined;
  readonly worker: (() => AnyWorker) | undefined;
}

const MOST = 256;

/** Each property is read once, own ones only. */
export function readPoolOptions(options: unknown): ReadPoolOptions {
  if (options === undefined) return { threads: undefined, worker: undefined };
  checkIsPlain(options, ["threads"]);
  const given: { threads?: unknown; worker?: unknown } = {};
  for (const name of Object.keys(options)) {
    if (name !== "threads" && name !== "worker") {
      throw typeError("ERR_OPTION", `options: expected only threads, worker, got ${show(name)}`);
    }
    const value = (options as typeof given)[name];
    if (value === null) throw typeError("ERR_OPTION", `${name}: expected a value or undefined, got null`);
    given[name] = value;
  }
  return { threads: readThreads(given.threads), worker: readWorker(given.worker) };
}

function readThreads(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const message = `threads: expected an integer in [1, ${MOST}], got ${show(value)}`;
  if (typeof value !== "number") throw typeError("ERR_OPTION", message);
  if (!Number.isInteger(value) || value < 1 || value > MOST) throw rangeError("ERR_OPTION", message);
  return value;
}

function readWorker(value: unknown): (() => AnyWorker) | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "function") throw typeError("ERR_OPTION", `worker: expected a function, got ${show(value)}`);
  return () => {
    const worker = (value as () => unknown)();
    if (isWorker(worker)) return worker;
    throw typeError("ERR_OPTION", `worker: expected a function that gives a Worker, got ${show(worker)}`);
  };
}
