import type { NewFloat64Array } from "../floatType.js";
import { EMPTY, FINITE, FLAGS, INFINITE, KIND, LOWEST, STATE_LENGTH } from "../../assembly/state.js";
import { logOf, logSumExpFrom } from "./logOfState.js";
import { readStates } from "./readStates.js";

export function logSumExpOf(value: unknown): NewFloat64Array {
  const states = readStates("states", value);
  return Float64Array.from({ length: states.length / STATE_LENGTH }, (_, n) => {
    const at = n * STATE_LENGTH;
    const kind = states[at + FLAGS] & KIND;
    if (kind === FINITE) return logSumExpFrom(states, at, logOf(states, at));
    if (kind === EMPTY || kind === LOWEST) return -Infinity;
    return kind === INFINITE ? Infinity : NaN;
  });
}
