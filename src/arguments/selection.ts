// Options of topK and sample.

import { OF_LOG_PROBABILITY, OF_LOGIT, OF_PROBABILITY } from "../../assembly/abi.js";
import { numberError, rangeError, show, typeError } from "../errors.js";
import { copyNumbers } from "./numbers.js";
import { readNumber } from "./options.js";

/** k: an integer in [1, cols]. */
export function readK(value: unknown, cols: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= cols) return value;
  throw numberError("ERR_OPTION", value, `k: expected an integer in [1, ${cols}], got ${show(value)}`);
}

/** What topK gives of each class. */
export type Of = "probability" | "logProbability" | "logit";

/** A word OF (assembly/abi.ts). */
export function readOf(value: unknown): number {
  if (value === undefined || value === "probability") return OF_PROBABILITY;
  if (value === "logProbability") return OF_LOG_PROBABILITY;
  if (value === "logit") return OF_LOGIT;
  const message = `of: expected "probability", "logProbability" or "logit", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}

/** τ of a draw; 0 for the argmax. */
export const readTemperatureOrZero = (value: unknown): number =>
  readNumber("temperature", value, 1, "a finite number ≥ 0", (number) => number >= 0 && number < Infinity);

/** How many of the largest classes are kept; 0 for all. */
export const readTopK = (value: unknown): number =>
  readNumber("topK", value, 0, "an integer ≥ 0", (number) => number >= 0 && Number.isSafeInteger(number));

export const readTopP = (value: unknown): number =>
  readNumber("topP", value, 1, "a number in (0, 1]", (number) => number > 0 && number <= 1);

export const readMinP = (value: unknown): number =>
  readNumber("minP", value, 0, "a number in [0, 1]", (number) => number >= 0 && number <= 1);

/** Where the random numbers of a draw come from: one for all positions, one per position, or a function that gives one. */
export type Random = number | readonly number[] | Float64Array | Float32Array | (() => number);

/** Random numbers in [0, 1), one per position. A function is called once for each, in order. */
export function readRandom(value: unknown, positions: number): Float64Array {
  const random = value === undefined ? Math.random : value;
  if (typeof random === "function") {
    const draw = random as () => unknown;
    return Float64Array.from({ length: positions }, () => checkRandom("random()", draw()));
  }
  if (typeof random === "number") return new Float64Array(positions).fill(checkRandom("random", random));
  const numbers = copyNumbers("random", random, positions);
  for (let n = 0; n < positions; n++) checkRandom(`random[${n}]`, numbers[n]);
  return numbers;
}

function checkRandom(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < 1) return value;
  throw numberError("ERR_OPTION", value, `${name}: expected a number in [0, 1), got ${show(value)}`);
}
