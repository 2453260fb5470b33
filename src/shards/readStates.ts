import { checkAttached } from "../arguments/arrays.js";
import { rangeError, show, typeError } from "../errors.js";
import { ALL_FLAGS, EMPTY, FLAGS, KIND, NOT_A_NUMBER, STATE_LENGTH, TEMPERATURE } from "../../assembly/state.js";
import { bufferOf, isShared, lengthOf, tagOf } from "../typedArray.js";

/**
 * States, as `partial` and `merge` give them, or as they come back from elsewhere: in a Float64Array, in a plain array of numbers,
 * or as bytes in a Uint8Array, as a Buffer has them. What JSON.parse makes of a Float64Array or a Buffer is taken too.
 */
export type States = Float64Array | readonly number[] | Uint8Array;

/** The states of a caller; a copy, where they come as numbers or bytes. */
export function readStates(name: string, value: unknown): Float64Array {
  const states = elementsOf(name, value);
  const { length } = states;
  if (length % STATE_LENGTH !== 0) {
    throw rangeError("ERR_SHAPE", `${name}: expected a multiple of ${STATE_LENGTH} numbers, got ${length}`);
  }
  for (let at = 0; at < length; at += STATE_LENGTH) {
    const flags = states[at + FLAGS];
    const kind = flags & KIND;
    if ((flags & ALL_FLAGS) === flags && kind <= NOT_A_NUMBER) {
      if (kind === EMPTY || (states[at + TEMPERATURE] > 0 && states[at + TEMPERATURE] < Infinity)) continue;
    }
    throw rangeError(
      "ERR_VALUE",
      `${name}: expected states, as partial makes them, got other numbers at position ${at / STATE_LENGTH}`,
    );
  }
  return states;
}

/** The same in memory of their own, for what writes a result, or makes linear memory grow, before it has read them all. */
export function copyStates(name: string, value: unknown): Float64Array {
  const states = readStates(name, value);
  return states === value ? new Float64Array(states) : states;
}

function elementsOf(name: string, value: unknown): Float64Array {
  const tag = tagOf(value);
  if (tag === "Float64Array") {
    const states = value as Float64Array;
    if (lengthOf(states) === 0) checkAttached(name, states);
    // What another thread may change is checked and used on a copy, and so is what a subclass may say anything of.
    const isOwn = Object.getPrototypeOf(states) === Float64Array.prototype && !isShared(bufferOf(states));
    return isOwn ? states : new Float64Array(states);
  }
  if (tag === "Uint8Array") {
    const bytes = value as Uint8Array;
    checkAttached(name, bytes);
    const copy = new Uint8Array(bytes);
    if (copy.length % 8 !== 0) {
      throw rangeError("ERR_SHAPE", `${name}: expected 8 bytes per number, got ${copy.length}`);
    }
    return new Float64Array(copy.buffer);
  }
  const parsed = tag === undefined ? fromJson(value) : undefined;
  if (parsed !== undefined) return elementsOf(name, parsed);
  if (!Array.isArray(value)) {
    const expected = "expected a Float64Array, an array of numbers, or a Uint8Array of their bytes";
    throw typeError("ERR_DTYPE", `${name}: ${expected}, got ${show(value)}`);
  }
  const given = value as readonly unknown[];
  return Float64Array.from({ length: given.length }, (_, i) => {
    const number = given[i];
    if (typeof number === "number") return number;
    throw typeError("ERR_DTYPE", `${name}[${i}]: expected a number, got ${show(number)}`);
  });
}

/** What JSON made an object of: a Float64Array, whose indices became keys, which are in their order, or a Buffer. */
function fromJson(value: unknown): readonly unknown[] | Uint8Array | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (Object.prototype.hasOwnProperty.call(value, "0"))
    return Object.values(value as Readonly<Record<string, unknown>>);
  const { type, data } = value as { readonly type?: unknown; readonly data?: unknown };
  return type === "Buffer" && Array.isArray(data) ? Uint8Array.from(data as readonly number[]) : undefined;
}

/** States where a result of merge goes. */
export function readOut(value: unknown, length: number): Float64Array {
  if (tagOf(value) !== "Float64Array") throw typeError("ERR_OUT", `out: expected a Float64Array, got ${show(value)}`);
  const out = value as Float64Array;
  if (lengthOf(out) === 0) checkAttached("out", out);
  if (lengthOf(out) !== length) throw rangeError("ERR_OUT", `out: expected length ${length}, got ${lengthOf(out)}`);
  return out;
}
