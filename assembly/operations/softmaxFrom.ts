import {
  COLS,
  FROM_LENGTH,
  FROM_SCALE,
  OUT,
  PARTS,
  FROM_MAX,
  FROM_OTHERS,
  FROM_OTHERS_ERROR,
  SCRATCH,
  TEMPERATURE,
  X,
} from "../abi";
import { address, count, number } from "../call";
import { factorFor, scale } from "../elementwise";
import { twoProductError, twoSumError } from "../errorFree";
import { findMaxTerm, maxTerm, maxTermError, storeExponentials, wideMaxTerm0, wideMaxTerm1 } from "../exponentials";
import { begin, lanesArePositions, next, offset, position, positions } from "../groups";
import { narrow } from "../lanes";
import { loadPair } from "../loss";
import { useTemperature } from "../temperature";
import { toScratch, fromScratch } from "../scratch";

/**
 * out_c = a·e^(x_c − max)/(1 + others) for each position, of logits over TEMPERATURE. PARTS has max, others and a of each
 * position (abi.ts), where max is the largest of more classes than x has: no element of x exceeds it.
 *
 * `out` is `x` or disjoint from it.
 */
export function softmaxFrom<T>(call: usize): void {
  const x = address(call, X);
  const out = address(call, OUT);
  const parts = address(call, PARTS);
  const scratch = address(call, SCRATCH);
  const cols = count(call, COLS);
  useTemperature<T>(number(call, TEMPERATURE));
  begin<T>(call);
  while (next()) {
    const from = x + offset;
    const to = out + offset;
    const part = parts + <usize>position * FROM_LENGTH * 8;
    const max = narrow<T>(pairOf(part, FROM_MAX, 0), sizeof<T>() == 4 ? pairOf(part, FROM_MAX, 2) : f64x2.splat(0));
    if (lanesArePositions) {
      toScratch<T>(from, scratch, cols);
      storeExponentials<T>(scratch, scratch, max, true);
      fromScratch<T>(scratch, to, cols, factorOf<T>(scratch, part));
    } else {
      storeExponentials<T>(from, to, max, true);
      scale<T>(to, factorOf<T>(to, part));
    }
  }
}

/** What the exponentials are multiplied by: a over (1 + others) times the term of the maximum. */
function factorOf<T>(exponentials: usize, part: usize): v128 {
  const one = f64x2.splat(1);
  const a0 = pairOf(part, FROM_SCALE, 0);
  const others0 = pairOf(part, FROM_OTHERS, 0);
  const sum0 = f64x2.add(one, others0);
  const none = f64x2.splat(0);
  if (sizeof<T>() == 4) {
    const sum1 = f64x2.add(one, pairOf(part, FROM_OTHERS, 2));
    const term1 = lanesArePositions ? wideMaxTerm1 : wideMaxTerm0;
    const total0 = f64x2.mul(wideMaxTerm0, sum0);
    return factorFor<T>(exponentials, a0, pairOf(part, FROM_SCALE, 2), none, total0, f64x2.mul(term1, sum1), none);
  }
  findMaxTerm<T>();
  const sumError = f64x2.add(twoSumError(one, others0), pairOf(part, FROM_OTHERS_ERROR, 0));
  const total = f64x2.mul(maxTerm, sum0);
  const ofFactors = f64x2.add(f64x2.mul(maxTerm, sumError), f64x2.mul(maxTermError, sum0));
  const totalError = f64x2.add(twoProductError(maxTerm, sum0), ofFactors);
  return factorFor<T>(exponentials, a0, a0, none, total, total, totalError);
}

/** A number of the positions in a lane and the next; of a group's only position, or beyond its last one, once more. */
@inline
function pairOf(part: usize, field: i32, lane: i32): v128 {
  return loadPair(numberAt(part, field, lane), numberAt(part, field, lane + 1));
}


@inline
function numberAt(part: usize, field: i32, lane: i32): usize {
  return part + <usize>(min(lane, positions - 1) * FROM_LENGTH + field) * 8;
}
