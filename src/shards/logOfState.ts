// What a state with a finite maximum gives, in the operations of the library's f64 kernels: one piece alone has their bits.

import { quotientError, twoSumError } from "../backend/js/rows/errorFree.js";
import { log1p, logError } from "../backend/js/rows/log1p.js";
import { distanceOver, type Temperature, temperatureOf } from "../backend/js/rows/temperature.js";
import { F64 } from "../floatType.js";
import { LABEL_IS_LOWEST, FLAGS, LABEL_LOGIT, MAX, OTHERS, OTHERS_LO, TEMPERATURE } from "../../assembly/state.js";

/** log Σ e^((x_c − m)/τ) of the state at an index; `logError` is its error. */
export const logOf = (states: Float64Array, at: number): number => log1p(states[at + OTHERS], states[at + OTHERS_LO]);

/** m/τ + log, where `log` is logOf of the state, the last one that was computed. */
export function logSumExpFrom(states: Float64Array, at: number, log: number): number {
  const max = states[at + MAX];
  const temperature = states[at + TEMPERATURE];
  const m = max / temperature;
  const lost = temperature === 1 ? 0 : quotientError(max, 0, m, temperature, 0);
  const sum = m + log;
  return sum + (twoSumError(m, log) + logError + lost);
}

let last: Temperature | null = null;
let lastValue = 1;

/** (m − x_y)/τ of the label y. */
export function labelDistance(states: Float64Array, at: number): number {
  if ((states[at + FLAGS] & LABEL_IS_LOWEST) !== 0) return Infinity;
  const value = states[at + TEMPERATURE];
  if (value !== lastValue) {
    last = temperatureOf(F64, value);
    lastValue = value;
  }
  return distanceOver(last, states[at + MAX], states[at + LABEL_LOGIT]);
}
