import { type Backward, logSoftmaxBackward, softmaxBackward } from "./backward.js";
import { type CrossEntropy, crossEntropy } from "./crossEntropy.js";
import { type CrossEntropyGrad, crossEntropyGrad } from "./crossEntropyGrad.js";
import { type CrossEntropyHvp, crossEntropyHvp } from "./crossEntropyHvp.js";
import { type Backend, type BackendChoice, createEngine } from "./engine.js";
import { rangeError, show, typeError } from "./errors.js";
import { logSoftmax } from "./logSoftmax.js";
import { logSumExp } from "./logSumExp.js";
import { readOptions } from "./options.js";
import type { RowFunction } from "./rowFunction.js";
import { softmax } from "./softmax.js";
import { type Alloc, alloc } from "./wasmArray.js";

/** Options of `instantiate`. */
export interface InstantiateOptions {
  /**
   * `"auto"`: WebAssembly where it can be had, else JavaScript. `"wasm"`: WebAssembly or an error that says what is in
   * its way. `"js"`: JavaScript.
   */
  readonly backend?: BackendChoice;
}

/** The library's functions, bound to an instance of their own with a memory of its own. */
export interface Instance {
  /** As the library's `softmax`. */
  readonly softmax: RowFunction;
  /** As the library's `logSoftmax`. */
  readonly logSoftmax: RowFunction;
  /** As the library's `logSumExp`. */
  readonly logSumExp: RowFunction;
  /** As the library's `crossEntropy`. */
  readonly crossEntropy: CrossEntropy;
  /** As the library's `crossEntropyGrad`. */
  readonly crossEntropyGrad: CrossEntropyGrad;
  /** As the library's `crossEntropyHvp`. */
  readonly crossEntropyHvp: CrossEntropyHvp;
  /** As the library's `softmaxBackward`. */
  readonly softmaxBackward: Backward;
  /** As the library's `logSoftmaxBackward`. */
  readonly logSoftmaxBackward: Backward;
  /** As the library's `alloc`, in this instance's memory: to other instances the array is an ordinary one. */
  readonly alloc: Alloc;
  /** What this instance runs on, and why where it is not WebAssembly. */
  backend(): Backend;
}

/**
 * The same functions bound to an instance of their own: its memory is freed with it.
 *
 * @param options Which backend; `"auto"` by default.
 * @throws RangeError ERR_BACKEND where `"wasm"` is asked for and cannot be had, with the reason.
 */
export function instantiate(options?: InstantiateOptions): Instance {
  const engine = createEngine(readBackend(readOptions(options, ["backend"]).backend));
  return {
    softmax: ((x: unknown, o?: unknown) => softmax(engine, x, o)) as RowFunction,
    logSoftmax: ((x: unknown, o?: unknown) => logSoftmax(engine, x, o)) as RowFunction,
    logSumExp: ((x: unknown, o?: unknown) => logSumExp(engine, x, o)) as RowFunction,
    crossEntropy: ((x: unknown, y: unknown, o?: unknown) => crossEntropy(engine, x, y, o)) as CrossEntropy,
    crossEntropyGrad: ((x: unknown, y: unknown, o?: unknown) => crossEntropyGrad(engine, x, y, o)) as CrossEntropyGrad,
    crossEntropyHvp: ((x: unknown, y: unknown, v: unknown, o?: unknown) =>
      crossEntropyHvp(engine, x, y, v, o)) as CrossEntropyHvp,
    softmaxBackward: ((y: unknown, dy: unknown, o?: unknown) => softmaxBackward(engine, y, dy, o)) as Backward,
    logSoftmaxBackward: ((y: unknown, dy: unknown, o?: unknown) => logSoftmaxBackward(engine, y, dy, o)) as Backward,
    alloc: ((type: unknown, length: unknown) => alloc(engine, type, length)) as Alloc,
    backend: () => engine.backend,
  };
}

function readBackend(value: unknown): BackendChoice {
  if (value === undefined) return "auto";
  if (value === "auto" || value === "wasm" || value === "js") return value;
  const message = `backend: expected "auto", "wasm" or "js", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}
