import { twoProductError, twoSumError } from "../backend/js/rows/errorFree.js";
import {
  type GivenOptions,
  readLabelSmoothing,
  readOptions,
  readReductionOrParts,
  readZLoss,
  type ReductionOrParts,
  zLossBesideWeights,
} from "../arguments/options.js";
import type { LossParts } from "../call.js";
import { CompensatedSum } from "../compensatedSum.js";
import { rangeError } from "../errors.js";
import type { NewFloat64Array } from "../floatType.js";
import * as state from "../../assembly/state.js";
import { labelDistance, logOf, logSumExpFrom } from "./logOfState.js";
import { readStates } from "./readStates.js";

/** Options of the loss of states. */
export interface StateLossOptions<R extends ReductionOrParts = ReductionOrParts> {
  /**
   * `"mean"`, over the positions that are not ignored, weighted by their labels' weights; `"sum"`; `"none"`: one loss
   * per position; or `"parts"`: the sum and its divisor.
   */
  readonly reduction?: R | undefined;
  /** ε in [0, 1], for states from partial with `smoothing: true`; 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /** λ ≥ 0: adds λ·(log Σ e^x)² to the loss of each position; 0 by default. */
  readonly zLoss?: number | undefined;
}

const OPTIONS = ["labelSmoothing", "zLoss", "reduction"] as const;

export function crossEntropyOf(value: unknown, options: unknown): number | NewFloat64Array | LossParts {
  const given = readOptions(options, OPTIONS);
  const reduction = readReductionOrParts(given.reduction);
  const terms = readTerms(given);
  const states = readStates("states", value);
  const { valid, weight, isWeighted } = countPositions(states);
  if (reduction === "parts" && isWeighted && terms.zLoss !== 0) throw zLossBesideWeights(terms.zLoss);
  // Under "mean" zLoss is divided by the number of positions, whatever divides the sum of the losses.
  const isMoved = reduction === "mean" && weight !== valid;
  const zLoss = isMoved ? (terms.zLoss * weight) / valid : terms.zLoss;
  const losses = new Float64Array(states.length / state.STATE_LENGTH);
  for (let n = 0; n < losses.length; n++) losses[n] = lossAt(states, n, terms.labelSmoothing, zLoss);
  if (reduction === "none") return losses;
  const sum = new CompensatedSum();
  sum.take(losses, 0, losses.length);
  if (reduction === "parts") return { sum: sum.value, weight };
  if (reduction === "sum") return sum.value;
  return weight === 0 ? NaN : sum.value / weight;
}

/** What a loss has beyond labels and weights, which are in the states. */
export function readTerms({ more }: GivenOptions): { readonly labelSmoothing: number; readonly zLoss: number } {
  return { labelSmoothing: readLabelSmoothing(more?.labelSmoothing), zLoss: readZLoss(more?.zLoss) };
}

/** Whether a position counts in a loss. */
export function isValid(flags: number): boolean {
  if ((flags & state.IS_IGNORED) !== 0) return false;
  return (flags & state.KIND) !== state.EMPTY || (flags & state.IS_MASKED) === 0;
}

/** How many positions count, and the sum of their labels' weights. Refuses positions whose label no piece had. */
export function countPositions(states: Float64Array): { valid: number; weight: number; isWeighted: boolean } {
  const weights = new Float64Array(states.length / state.STATE_LENGTH);
  let valid = 0;
  let isWeighted = false;
  for (let n = 0; n < weights.length; n++) {
    const at = n * state.STATE_LENGTH;
    const flags = states[at + state.FLAGS];
    if (!isValid(flags)) continue;
    if ((flags & state.HAS_LABEL) === 0) {
      throw rangeError("ERR_LABEL", `states: expected one piece with the label of position ${n}, got none`);
    }
    valid++;
    weights[n] = states[at + state.LABEL_WEIGHT];
    if (weights[n] !== 1) isWeighted = true;
  }
  const sum = new CompensatedSum();
  sum.take(weights, 0, weights.length);
  return { valid, weight: sum.value, isWeighted };
}

function lossAt(states: Float64Array, n: number, labelSmoothing: number, zLoss: number): number {
  const at = n * state.STATE_LENGTH;
  const flags = states[at + state.FLAGS];
  if (!isValid(flags)) return 0;
  if (labelSmoothing !== 0) checkSmoothing(flags, n);
  if ((flags & state.KIND) !== state.FINITE) return NaN;
  const log = logOf(states, at);
  const s = zLoss === 0 ? 0 : logSumExpFrom(states, at, log);
  const labelWeight = (1 - labelSmoothing) * states[at + state.LABEL_WEIGHT];
  let loss = labelWeight === 0 ? 0 : labelWeight * (labelDistance(states, at) + log);
  if (labelSmoothing !== 0) {
    const uniform = labelSmoothing / states[at + state.COUNT];
    const mass = states[at + state.MASS];
    if ((flags & state.SPREAD_IS_INFINITE) !== 0) loss += Infinity;
    else if (mass !== 0) {
      const massTimesLog = mass * log;
      const spread = states[at + state.SPREAD];
      const sum = spread + massTimesLog;
      const rest = twoSumError(spread, massTimesLog) + twoProductError(mass, log);
      loss += uniform * (sum + (rest + (states[at + state.SPREAD_LO] + states[at + state.MASS_LO] * log)));
    }
  }
  if (zLoss !== 0) loss += zLoss * s * s;
  // + 0, which makes +0 of −0.
  return loss + 0;
}

/** Refuses a state that does not have what label smoothing takes. */
export function checkSmoothing(flags: number, n: number): void {
  if ((flags & state.HAS_SMOOTHING) !== 0) return;
  const expected = "expected none, or states of partial with smoothing: true";
  throw rangeError("ERR_OPTION", `labelSmoothing: ${expected}, got one without it at position ${n}`);
}
