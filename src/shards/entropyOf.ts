import { quotientError, twoSumError } from "../backend/js/rows/errorFree.js";
import { logError } from "../backend/js/rows/log1p.js";
import { rangeError } from "../errors.js";
import type { NewFloat64Array } from "../floatType.js";
import {
  DISTANCE,
  DISTANCE_LO,
  EMPTY,
  FINITE,
  FLAGS,
  HAS_ENTROPY,
  KIND,
  OTHERS,
  OTHERS_LO,
  STATE_LENGTH,
} from "../../assembly/state.js";
import { logOf } from "./logOfState.js";
import { readStates } from "./readStates.js";

export function entropyOf(value: unknown): NewFloat64Array {
  const states = readStates("states", value);
  const entropies = new Float64Array(states.length / STATE_LENGTH);
  for (let n = 0; n < entropies.length; n++) {
    const at = n * STATE_LENGTH;
    const flags = states[at + FLAGS];
    if ((flags & KIND) === EMPTY) continue;
    if ((flags & HAS_ENTROPY) === 0) {
      throw rangeError(
        "ERR_OPTION",
        `states: expected those of partial with entropy: true, got one without it at position ${n}`,
      );
    }
    entropies[n] = (flags & KIND) === FINITE ? entropyAt(states, at) : NaN;
  }
  return entropies;
}

/** log Σ e_c + Σ e_c·(m − x_c)/Σ e_c: neither is below 0. */
function entropyAt(states: Float64Array, at: number): number {
  const log = logOf(states, at);
  const lost = logError;
  const others = states[at + OTHERS];
  const sum = 1 + others;
  const sumError = twoSumError(1, others) + states[at + OTHERS_LO];
  const mean = states[at + DISTANCE] / sum;
  const meanError = quotientError(states[at + DISTANCE], states[at + DISTANCE_LO], mean, sum, sumError);
  const entropy = log + mean;
  return entropy + (twoSumError(log, mean) + lost + meanError);
}
