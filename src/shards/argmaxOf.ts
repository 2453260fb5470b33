import { CLASS, FLAGS, KIND, LOWEST, STATE_LENGTH } from "../../assembly/state.js";
import { readStates } from "./readStates.js";

export function argmaxOf(value: unknown): Int32Array {
  const states = readStates("states", value);
  return Int32Array.from({ length: states.length / STATE_LENGTH }, (_, n) => {
    const at = n * STATE_LENGTH;
    // Of nothing but −∞ the first one may be behind absent classes.
    return (states[at + FLAGS] & KIND) === LOWEST ? 0 : states[at + CLASS];
  });
}
