import { type Out, readableWhileWriting, readFloats, readOutput } from "../arguments/arrays.js";
import { readOptions } from "../arguments/options.js";
import { isMadeAtOnce, readStaged } from "../arguments/staged.js";
import type { Engine } from "../backend/engine.js";
import { sigmoid as js } from "../backend/js/sigmoid.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import { type Call, newCall } from "../call.js";

/** Options of sigmoid, which has no rows: each element is independent. */
export interface SigmoidOptions<O extends Out | undefined = Out | undefined> {
  /** Receives the result; x itself is allowed. */
  readonly out?: O | undefined;
}

const OPTIONS = ["out"] as const;

export const kernel: Kernel = { compiled: (kernels, call) => kernels.sigmoid(call), js };

export function callOf(engine: Engine, x: unknown, options: unknown): Call {
  const { memory } = engine;
  const given = readOptions(options, OPTIONS);
  const logits = !engine.defers && Array.isArray(x) ? readStaged(engine, "x", x) : readFloats(memory, "x", x);
  const { type, length, form } = logits;
  // Each element is a row of its own: blocks and parts may end anywhere.
  const layout = { rows: length, cols: 1, inner: 1 };
  const isMade = isMadeAtOnce(engine, logits, form, layout);
  const output = readOutput(memory, given.out, type, length, form, isMade);
  const call = newCall(kernel, readableWhileWriting("x", logits, output), layout, 0);
  call.out = output;
  return call;
}

export const on = (engine: Engine) => (x: unknown, options?: unknown) => answer(engine, callOf(engine, x, options));
