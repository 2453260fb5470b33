import { coded, type ErrorCode } from "../errors.js";

/** A worker died while it was at the call. */
export function workerDied(reason: string, outIsUndefined: boolean): Error {
  return unfinished("ERR_WORKER", `worker: expected it to finish the call, got its end: ${reason}`, outIsUndefined);
}

/** The pool was terminated before the call was done. */
export function terminated(outIsUndefined: boolean): Error {
  return unfinished("ERR_TERMINATED", "pool: expected a running pool, got one that was terminated", outIsUndefined);
}

/** Neither the kind nor the size of an argument: an Error. */
function unfinished(code: ErrorCode, what: string, outIsUndefined: boolean): Error {
  const outputs = outIsUndefined
    ? "out is in shared memory, and what it holds now is undefined"
    : "no output has changed";
  return coded(new Error(`${what}; ${outputs}`), code);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
