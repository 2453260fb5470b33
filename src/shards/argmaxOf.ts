import { CLASS, STATE_LENGTH } from "../../assembly/state.js";
import { readStates } from "./readStates.js";

export function argmaxOf(value: unknown): Int32Array {
  const states = readStates("states", value);
  return Int32Array.from({ length: states.length / STATE_LENGTH }, (_, n) => states[n * STATE_LENGTH + CLASS]);
}
