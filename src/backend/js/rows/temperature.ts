// The temperature of a call: assembly/temperature.ts in plain TypeScript, which says what it does.

import type { KernelType } from "../../../floatType.js";
import { quotientError, twoProductError } from "./errorFree.js";
import { SHIFT_FROM } from "./exp.js";
import { SHIFT_FROM_F64 } from "./expF64.js";

/** What a temperature τ makes of the constants of an exponential. */
export interface Temperature {
  readonly value: number;
  /** From this |max| on the maximum is subtracted. */
  readonly far: number;
  /** What logits are multiplied by before the exponential. */
  readonly unit: number;
  readonly log2e: number;
  readonly ln2: number;
  readonly ln2Hi: number;
  readonly ln2Lo: number;
  /** 1/τ in two pieces. */
  readonly inverse: number;
  readonly inverseLo: number;
  /** 1/τ in f64. */
  readonly wideInverse: number;
  /** What distances are multiplied by before they are divided. */
  readonly distanceUnit: number;
  /** What distances weighted by exponentials are multiplied by then, and divided by in the end. */
  readonly termUnit: number;
  readonly termDivisor: number;
  /** A distance divided by the temperature. */
  readonly over: (distance: number) => number;
}

const word = /* @__PURE__ */ new DataView(new ArrayBuffer(8));

function exponentFieldOf(value: number): number {
  word.setFloat64(0, value);
  return word.getUint16(0) >>> 4;
}

/** The constants of a temperature; null for 1. */
export function temperatureOf(type: KernelType, value: number): Temperature | null {
  if (value === 1) return null;
  const isF32 = type.key === "f32";
  const distanceUnit = !isF32 && value >= 2 ** -900 ? 2 ** -64 : 1;
  const clamped = isF32 ? Math.max(Math.min(value, 2 ** 200), 2 ** -200) : value;
  const [least, most, down, up] = isF32
    ? [2 ** -100, 2 ** 100, 2 ** -100, 2 ** 100]
    : [2 ** -900, 2 ** 900, 2 ** -300, 2 ** 300];
  let unit = 1;
  if (clamped < least) unit = up;
  else if (clamped > most) unit = down;
  const distanceInverse = 1 / Math.max(value, 2 ** -1000);
  const divisor = value * distanceUnit;
  const termUnit = isF32 ? 1 : 2 ** (1023 - Math.max(exponentFieldOf(divisor), 1));
  const t = clamped * unit;
  const wideInverse = 1 / t;
  const inverse = type.round(wideInverse);
  const wideLn2 = t * Math.LN2;
  const ln2Error = twoProductError(t, Math.LN2) + t * 2.3190468138462996e-17;
  const c = wideLn2 * (isF32 ? 274877906945 : 4097);
  const ln2Hi = c - (c - wideLn2);
  return {
    value,
    far: type.round((isF32 ? SHIFT_FROM : SHIFT_FROM_F64) * clamped),
    unit,
    log2e: type.round(wideInverse * 1.4426950408889634),
    ln2: type.round(wideLn2),
    ln2Hi: type.round(ln2Hi),
    ln2Lo: type.round((wideLn2 - ln2Hi + ln2Error) * wideInverse),
    inverse,
    inverseLo: type.round(wideInverse - inverse + quotientError(1, 0, wideInverse, t, 0)),
    wideInverse,
    distanceUnit,
    termUnit,
    termDivisor: divisor * termUnit,
    over: isF32 ? (distance) => distance * distanceInverse : (distance) => distance / divisor,
  };
}

/** (a − b)/τ without overflow of the difference. */
export function distanceOver(temperature: Temperature | null, a: number, b: number): number {
  return temperature === null ? a - b : temperature.over(a * temperature.distanceUnit - b * temperature.distanceUnit);
}
