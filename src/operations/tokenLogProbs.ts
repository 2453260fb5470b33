import type { Out } from "../arguments/arrays.js";
import { readOptions } from "../arguments/options.js";
import { positionsOf } from "../arguments/shape.js";
import type { Engine } from "../backend/engine.js";
import { answer } from "../execute.js";
import { type Call, LABELS_ALONE } from "../call.js";
import { kernel } from "./crossEntropy.js";
import { formOfLosses, lossCall, type LossFunction, type LossOptions, putLosses } from "./loss.js";
import type { RowOptions } from "./rows.js";

/** Options of the log-probabilities of tokens. */
export interface TokenOptions<O extends Out | undefined = Out | undefined> extends RowOptions<O> {
  /** The token of positions to ignore; −100 by default, null for none. */
  readonly ignoreIndex?: LossOptions["ignoreIndex"];
}

const OPTIONS = ["shape", "axis", "temperature", "mask", "lengths", "ignoreIndex", "out"] as const;

export { kernel };

const TOKEN_LOG_PROBS: LossFunction = { kernel, targets: "tokens", readReduction: () => "none" };

export function callOf(engine: Engine, logits: unknown, tokens: unknown, options: unknown): Call {
  const given = readOptions(options, OPTIONS);
  const call = lossCall(engine, TOKEN_LOG_PROBS, logits, tokens, given, false);
  // The loss times −1.
  call.loss.more = { ...(call.loss.more ?? LABELS_ALONE), confidence: -1 };
  putLosses(engine, call, given.out, positionsOf(call), formOfLosses(tokens, given.shape, call.x.form));
  return call;
}

export const on = (engine: Engine) => (logits: unknown, tokens: unknown, options?: unknown) =>
  answer(engine, callOf(engine, logits, tokens, options));
