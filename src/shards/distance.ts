// (a − b)/τ in two doubles: how far a state's maximum is from another one.

import { quotientError, twoSumError } from "../backend/js/rows/errorFree.js";

import { sumError } from "./decay.js";

/** The two, as `findDistance` leaves them. */
export const distance = /* @__PURE__ */ new Float64Array(2);

/** Finds them for a > b; infinite where the quotient exceeds every double. */
export function findDistance(a: number, b: number, temperature: number): void {
  if (temperature === 1) {
    const difference = a - b;
    distance[0] = difference;
    distance[1] = sumError(a, -b, difference);
    return;
  }
  // Of large temperatures the difference overflows where its quotient does not, and of small ones Dekker's product has no room.
  const down = temperature > 2 ** 500 ? 2 ** -300 : 1;
  const up = temperature < 2 ** -500 ? 2 ** 300 : 1;
  const difference = a * down - b * down;
  const divisor = temperature * down * up;
  const quotient = (difference * up) / divisor;
  const error = twoSumError(a * down, -b * down) * up;
  distance[0] = quotient;
  distance[1] = quotientError(difference * up, error, quotient, divisor, 0);
}
