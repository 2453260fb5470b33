import { twoProductError, twoSumError } from "../backend/js/rows/errorFree.js";
import { readOptions } from "../arguments/options.js";
import { rangeError } from "../errors.js";
import {
  CLASS,
  COUNT,
  DISTANCE,
  DISTANCE_LO,
  EMPTY,
  FINITE,
  FLAGS,
  HAS_ENTROPY,
  HAS_LABEL,
  HAS_SMOOTHING,
  IS_IGNORED,
  IS_MASKED,
  KIND,
  LABEL_IS_LOWEST,
  LABEL_LOGIT,
  LABEL_WEIGHT,
  MASS,
  MASS_LO,
  MAX,
  OTHERS,
  OTHERS_LO,
  SPREAD,
  SPREAD_IS_INFINITE,
  SPREAD_LO,
  STATE_LENGTH,
  TEMPERATURE,
} from "../../assembly/state.js";
import { decay, decayed, productError, sumError, timesPowerOf2, VANISHES } from "./decay.js";
import { distance, findDistance } from "./distance.js";
import { readOut, readStates } from "./readStates.js";
import { byteOffsetOf, overlapFrom } from "../typedArray.js";
import type { NewFloat64Array } from "../floatType.js";

const OPTIONS = ["out"] as const;

export function merge(a: unknown, b: unknown, options: unknown): NewFloat64Array {
  const given = readOptions(options, OPTIONS);
  const from = readStates("a", a);
  const other = readStates("b", b);
  const { length } = from;
  if (other.length !== length) {
    const [positions, others] = [length / STATE_LENGTH, other.length / STATE_LENGTH];
    throw rangeError("ERR_SHAPE", `b: expected the states of ${positions} positions, as a has, got ${others}`);
  }
  for (let at = 0; at < length; at += STATE_LENGTH) checkPair(from, other, at);
  if (given.out === undefined) {
    const merged = new Float64Array(length);
    for (let at = 0; at < length; at += STATE_LENGTH) mergeOne(from, other, merged, at);
    return merged;
  }
  const out = readOut(given.out, length);
  const [ready, otherReady] = [readable(from, out), readable(other, out)];
  for (let at = 0; at < length; at += STATE_LENGTH) mergeOne(ready, otherReady, out, at);
  return out as NewFloat64Array;
}

/** The states, or a copy where writing `out` from the front could spoil those that are still to be read. */
function readable(states: Float64Array, out: Float64Array): Float64Array {
  const { byteOffset, byteLength } = states;
  const to = byteOffsetOf(out);
  if (byteOffset === to) return states;
  return overlapFrom(states, byteOffset, byteLength, out, to, byteLength) ? states.slice() : states;
}

/** Refuses states that show that they belong to different rows. */
function checkPair(a: Float64Array, b: Float64Array, at: number): void {
  const flagsOfA = a[at + FLAGS];
  const flagsOfB = b[at + FLAGS];
  if ((flagsOfA & flagsOfB & HAS_LABEL) !== 0) {
    const expected = "expected the label in one of the pieces";
    throw rangeError("ERR_LABEL", `b: ${expected}, got it in both at position ${at / STATE_LENGTH}`);
  }
  if ((flagsOfA & KIND) === EMPTY || (flagsOfB & KIND) === EMPTY) return;
  if (a[at + TEMPERATURE] !== b[at + TEMPERATURE]) {
    const [expected, got] = [a[at + TEMPERATURE], b[at + TEMPERATURE]];
    throw rangeError("ERR_VALUE", `b: expected the temperature of a, ${expected}, got ${got}`);
  }
}

/** Flags that a merged state has only if both states have them. */
const ASKED = HAS_ENTROPY | HAS_SMOOTHING;
/** Flags that a merged state has if either state has them. */
const EITHER = HAS_LABEL | LABEL_IS_LOWEST | IS_IGNORED | IS_MASKED | SPREAD_IS_INFINITE;

function mergeOne(a: Float64Array, b: Float64Array, out: Float64Array, at: number): void {
  const flagsOfA = a[at + FLAGS] | 0;
  const flagsOfB = b[at + FLAGS] | 0;
  const kindOfA = flagsOfA & KIND;
  const kindOfB = flagsOfB & KIND;
  if (kindOfA === EMPTY || kindOfB === EMPTY) {
    // An empty state is all zeros except for its flags.
    const from = kindOfA === EMPTY ? b : a;
    for (let i = at; i < at + STATE_LENGTH; i++) out[i] = from[i];
    out[at + FLAGS] = flagsOfA | flagsOfB;
    return;
  }
  // The state with the larger maximum, and the other one.
  const isFinite = kindOfA === FINITE && kindOfB === FINITE;
  const isB = kindOfB > kindOfA || (isFinite && b[at + MAX] > a[at + MAX]);
  const large = isB ? b : a;
  const small = isB ? a : b;
  const max = large[at + MAX];
  const smallMax = small[at + MAX];
  let ofMax = large[at + CLASS];
  if (kindOfA === kindOfB && (max === smallMax || !isFinite)) ofMax = Math.min(ofMax, small[at + CLASS]);
  const labelled = (flagsOfA & HAS_LABEL) !== 0 ? a : b;
  const labelLogit = labelled[at + LABEL_LOGIT];
  const labelWeight = labelled[at + LABEL_WEIGHT];
  const temperature = large[at + TEMPERATURE];
  const count = a[at + COUNT] + b[at + COUNT];
  let flags = Math.max(kindOfA, kindOfB) | ((flagsOfA | flagsOfB) & EITHER) | (flagsOfA & flagsOfB & ASKED);
  if ((flags & ASKED) !== 0) flags |= mergeFurther(large, small, out, at, isFinite, flags);
  else for (let i = at + DISTANCE; i < at + STATE_LENGTH; i++) out[i] = 0;
  let others = large[at + OTHERS];
  let othersLo = large[at + OTHERS_LO];
  if (isFinite) {
    // The sum of the state with the smaller maximum: 1 for the term of that maximum, plus its others.
    const smallOthers = small[at + OTHERS];
    let sum = 1 + smallOthers;
    let sumLo = sumError(1, smallOthers, sum) + small[at + OTHERS_LO];
    let isSeen = true;
    if (max !== smallMax) {
      findDistance(max, smallMax, temperature);
      isSeen = distance[0] < VANISHES;
      if (isSeen) {
        decay(distance[0], distance[1]);
        const factor = decayed[0];
        const product = sum * factor;
        const power = decayed[2];
        sumLo = productError(sum, factor, product) + (sum * decayed[1] + sumLo * factor);
        sum = timesPowerOf2(product, power);
        sumLo = timesPowerOf2(sumLo, power);
      }
    }
    if (isSeen) {
      const total = others + sum;
      const rest = sumError(others, sum, total) + (othersLo + sumLo);
      others = total + rest;
      othersLo = total - others + rest;
    }
  }
  out[at + MAX] = max;
  out[at + OTHERS] = others;
  out[at + OTHERS_LO] = othersLo + 0;
  out[at + CLASS] = ofMax;
  out[at + LABEL_LOGIT] = labelLogit;
  out[at + LABEL_WEIGHT] = labelWeight;
  out[at + TEMPERATURE] = temperature;
  out[at + COUNT] = count;
  out[at + FLAGS] = flags;
}

/** The sums for entropy and smoothing. Returns the flag of an infinite spread. */
function mergeFurther(
  large: Float64Array,
  small: Float64Array,
  out: Float64Array,
  at: number,
  isFinite: boolean,
  flags: number,
): number {
  let [far, farLo] = [large[at + DISTANCE], large[at + DISTANCE_LO]];
  let [spread, spreadRest] = twoAdded(
    large[at + SPREAD],
    large[at + SPREAD_LO],
    small[at + SPREAD],
    small[at + SPREAD_LO],
  );
  const [mass, massRest] = twoAdded(large[at + MASS], large[at + MASS_LO], small[at + MASS], small[at + MASS_LO]);
  const apart = large[at + MAX] - small[at + MAX];
  if (isFinite) {
    let [gap, gapLo] = [0, 0];
    if (apart !== 0) {
      findDistance(large[at + MAX], small[at + MAX], large[at + TEMPERATURE]);
      [gap, gapLo] = [distance[0], distance[1]];
    }
    if (gap < VANISHES) {
      // Each of the smaller one's terms lies farther from the maximum now, its own too.
      const sum = 1 + small[at + OTHERS];
      const sumLo = twoSumError(1, small[at + OTHERS]) + small[at + OTHERS_LO];
      const [moved, movedLo] = twoMultiplied(sum, sumLo, gap, gapLo);
      const [all, allLo] = twoAdded(small[at + DISTANCE], small[at + DISTANCE_LO], moved, movedLo);
      decay(gap, gapLo);
      const [product, productLo] = twoMultiplied(all, allLo, decayed[0], decayed[1]);
      const [scaled, scaledLo] = [timesPowerOf2(product, decayed[2]), timesPowerOf2(productLo, decayed[2])];
      [far, farLo] = twoAdded(far, farLo, scaled, scaledLo);
    }
    const smallMass = small[at + MASS];
    if (smallMass !== 0) {
      const [moved, movedLo] = twoMultiplied(smallMass, small[at + MASS_LO], gap, gapLo);
      [spread, spreadRest] = twoAdded(spread, spreadRest, moved, movedLo);
    }
  }
  const isInfinite = !(spread < Infinity);
  const hasSmoothing = (flags & HAS_SMOOTHING) !== 0;
  const hasEntropy = (flags & HAS_ENTROPY) !== 0;
  out[at + DISTANCE] = hasEntropy ? far : 0;
  out[at + DISTANCE_LO] = hasEntropy ? farLo + 0 : 0;
  out[at + SPREAD] = !hasSmoothing || isInfinite ? 0 : spread;
  out[at + SPREAD_LO] = !hasSmoothing || isInfinite ? 0 : spreadRest + 0;
  out[at + MASS] = hasSmoothing ? mass : 0;
  out[at + MASS_LO] = hasSmoothing ? massRest + 0 : 0;
  return hasSmoothing && isInfinite ? SPREAD_IS_INFINITE : 0;
}

/** A sum of numbers ≥ 0 in two doubles each. */
function twoAdded(a: number, aLo: number, b: number, bLo: number): [number, number] {
  const sum = a + b;
  const rest = twoSumError(a, b) + (aLo + bLo);
  const hi = sum + rest;
  return [hi, hi < Infinity ? sum - hi + rest : 0];
}

/** Their product. */
function twoMultiplied(a: number, aLo: number, b: number, bLo: number): [number, number] {
  const product = a * b;
  const rest = twoProductError(a, b) + (a * bLo + aLo * b);
  const hi = product + rest;
  return [hi, hi < Infinity ? product - hi + rest : 0];
}
