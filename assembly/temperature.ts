// The temperature τ of a call: results are those of the real numbers x_c/τ.
//
// No logit is divided. The constants of the exponential are multiplied by τ (exp.ts); only the remainder of a logit
// after the reduction, and distances from the maximum, are divided. If τ is so small or large that these constants
// would leave the range of T, they are made for logits times a power of two. In f32 τ is then limited to 2^-200 …
// 2^200: beyond that, exponentials are 0 or 1 for every difference of two f32.

import { quotientError, twoProductError, twoSumError } from "./errorFree";
import { shiftFrom } from "./exp";
import { half0, narrow } from "./lanes";

/** Whether the call has a temperature other than 1. */
let isOn: bool = false;
/** Whether its exponentials are those of logits times UNIT. */
let isUnitOn: bool = false;
/** Whether its exponentials are precise in f32 without a temperature too (exp.ts). */
let arePreciseOn: bool = false;

export const LOG2E: usize = 0;
export const LN2_HI: usize = 16;
export const LN2_LO: usize = 32;
export const INVERSE: usize = 48;
export const INVERSE_LO: usize = 64;
/** τ·ln 2 rounded. */
export const LN2: usize = 80;
export const FAR: usize = 96;
export const UNIT: usize = 112;
/** 1/τ in f64. */
export const WIDE_INVERSE: usize = 128;
/**
 * 2^-64 for distances in f64, because differences of the largest logits, or weighted sums of them, may overflow
 * although their quotients do not. 1 if τ is so small that the digits which a logit would lose by it would show.
 */
const DISTANCE_UNIT: usize = 144;
/** In f64, τ times that unit, by which distances are divided; in f32 its inverse, by which they are multiplied. */
const DIVISOR: usize = 160;
/** τ itself, in f64. */
const TEMPERATURE: usize = 176;

/**
 * The power of two for which DIVISOR times it is in [1, 2), in f64: weighted by exponentials, distances that matter are then
 * neither too small nor too large for a product.
 */
const TERM_UNIT: usize = 192;
/** DIVISOR times it. */
const TERM_DIVISOR: usize = 208;

// Vectors, at the addresses above.
const CONSTANTS = memory.data(224, 16);

/** A constant of the call's temperature, which is not 1. */
@inline
export function tempered(at: usize): v128 {
  return v128.load(CONSTANTS + at);
}


@inline
export function isTempered(): bool {
  return isOn;
}


@inline
export function arePrecise(): bool {
  return arePreciseOn;
}


@inline
export function hasUnit(): bool {
  return isUnitOn;
}

/** 2^exponent. */
@inline
export function power(exponent: u64): f64 {
  return reinterpret<f64>((1023 + exponent) << 52);
}

/** Begins a call with a temperature. Every kernel that stores exponentials calls it, and says whether they are precise. */
export function useTemperature<T>(temperature: f64, isPrecise: bool = false): void {
  isOn = temperature != 1;
  arePreciseOn = isPrecise;
  isUnitOn = false;
  if (isOn) setConstants<T>(temperature);
}

function setConstants<T>(temperature: f64): void {
  const distanceUnit: f64 = sizeof<T>() == 8 && temperature >= power(-900) ? power(-64) : 1;
  v128.store(CONSTANTS + DISTANCE_UNIT, f64x2.splat(distanceUnit));
  // In f32 the inverse, because a distance of two f32 times 2^1000 is beyond every f32 already.
  const divisor = sizeof<T>() == 4 ? 1 / max(temperature, power(-1000)) : temperature * distanceUnit;
  v128.store(CONSTANTS + DIVISOR, f64x2.splat(divisor));
  v128.store(CONSTANTS + TEMPERATURE, f64x2.splat(temperature));
  if (sizeof<T>() == 8) {
    const field = reinterpret<u64>(divisor) >> 52;
    const termUnit = reinterpret<f64>((2046 - max<u64>(field, 1)) << 52);
    v128.store(CONSTANTS + TERM_UNIT, f64x2.splat(termUnit));
    v128.store(CONSTANTS + TERM_DIVISOR, f64x2.splat(divisor * termUnit));
  }
  if (sizeof<T>() == 4) temperature = max(min(temperature, power(200)), power(-200));
  v128.store(CONSTANTS + FAR, v128.splat<T>(<T>(<f64>shiftFrom<T>() * temperature)));
  const most = sizeof<T>() == 4 ? power(100) : power(900);
  const least = sizeof<T>() == 4 ? power(-100) : power(-900);
  const up = sizeof<T>() == 4 ? power(100) : power(300);
  const down = sizeof<T>() == 4 ? power(-100) : power(-300);
  const unit: f64 = temperature < least ? up : temperature > most ? down : 1;
  isUnitOn = unit != 1;
  v128.store(CONSTANTS + UNIT, v128.splat<T>(<T>unit));

  const t = f64x2.splat(temperature * unit);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const inverse = f64x2.div(one, t);
  const inverseError = quotientError(one, zero, inverse, t, zero);
  const rounded = narrow<T>(inverse, inverse);
  const rest = f64x2.add(f64x2.sub(inverse, half0<T>(rounded)), inverseError);
  v128.store(CONSTANTS + WIDE_INVERSE, inverse);
  v128.store(CONSTANTS + INVERSE, rounded);
  v128.store(CONSTANTS + INVERSE_LO, narrow<T>(rest, rest));
  // log2 e = 0x1.71547652b82fep+0, ln 2 = 0x1.62e42fefa39efp-1 + 0x1.abc9e3b39803fp-56
  const log2e = f64x2.mul(inverse, f64x2.splat(reinterpret<f64>(0x3ff71547652b82fe)));
  v128.store(CONSTANTS + LOG2E, narrow<T>(log2e, log2e));
  const factor = f64x2.splat(reinterpret<f64>(0x3fe62e42fefa39ef));
  const ln2 = f64x2.mul(t, factor);
  const ln2Error = f64x2.add(
    twoProductError(t, factor),
    f64x2.mul(t, f64x2.splat(reinterpret<f64>(0x3c7abc9e3b39803f))),
  );
  v128.store(CONSTANTS + LN2, narrow<T>(ln2, ln2));
  // The first 15 bits, in f64 41, as in exp.ts (Veltkamp's splitting, by 2^38 + 1 or 2^12 + 1).
  const c = f64x2.mul(ln2, f64x2.splat(sizeof<T>() == 4 ? 274877906945 : 4097));
  const hi = f64x2.sub(c, f64x2.sub(c, ln2));
  const lo = f64x2.mul(f64x2.add(f64x2.sub(ln2, hi), ln2Error), inverse);
  v128.store(CONSTANTS + LN2_HI, narrow<T>(hi, hi));
  v128.store(CONSTANTS + LN2_LO, narrow<T>(lo, lo));
}

/** a/τ, in f64. */
@inline
export function overTemperature(a: v128): v128 {
  return isOn ? f64x2.div(a, tempered(TEMPERATURE)) : a;
}

/** The rounding error of that quotient q. */
@inline
export function overTemperatureError(a: v128, q: v128): v128 {
  const zero = f64x2.splat(0);
  return isOn ? quotientError(a, zero, q, tempered(TEMPERATURE), zero) : zero;
}

/** a − b in f64, times DISTANCE_UNIT: a distance that `overDivisor` divides. */
@inline
export function distance<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 4 || !isOn) return f64x2.sub(a, b);
  return f64x2.sub(f64x2.mul(a, tempered(DISTANCE_UNIT)), f64x2.mul(b, tempered(DISTANCE_UNIT)));
}

/** The same distance, and in f64 its rounding error, times TERM_UNIT: what `overTermDivisor` divides. */
@inline
export function termDistance<T>(a: v128, b: v128): v128 {
  const d = distance<T>(a, b);
  return sizeof<T>() == 8 && isOn ? f64x2.mul(d, tempered(TERM_UNIT)) : d;
}

export function termDistanceError(a: v128, b: v128): v128 {
  if (!isOn) return twoSumError(a, f64x2.neg(b));
  const unit = tempered(DISTANCE_UNIT);
  return f64x2.mul(twoSumError(f64x2.mul(a, unit), f64x2.neg(f64x2.mul(b, unit))), tempered(TERM_UNIT));
}

/** A distance, or a sum of distances, divided by τ. Two roundings in f64 do not show in f32. */
@inline
export function overDivisor<T>(distance: v128): v128 {
  if (!isOn) return distance;
  return sizeof<T>() == 4 ? f64x2.mul(distance, tempered(DIVISOR)) : f64x2.div(distance, tempered(DIVISOR));
}

/** Such a distance, or a sum of them, divided by τ. */
@inline
export function overTermDivisor<T>(distance: v128): v128 {
  if (sizeof<T>() == 4) return overDivisor<T>(distance);
  return isOn ? f64x2.div(distance, tempered(TERM_DIVISOR)) : distance;
}

/** The error of that quotient q in f64, from the error of the distance. */
export function overTermDivisorError(distance: v128, error: v128, q: v128): v128 {
  return isOn ? quotientError(distance, error, q, tempered(TERM_DIVISOR), f64x2.splat(0)) : error;
}
