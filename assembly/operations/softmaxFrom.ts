import { FROM_LENGTH, FROM_SCALE, OUT, PARTS, FROM_MAX, FROM_OTHERS, FROM_OTHERS_ERROR, TEMPERATURE, X } from "../abi";
import { address, number } from "../call";
import { factorFor, scale } from "../elementwise";
import { twoProductError, twoSumError } from "../errorFree";
import { findMaxTerm, storeExponentials } from "../exponentials";
import { begin, next, SingleGroup } from "../groups";
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
  useTemperature<T>(number(call, TEMPERATURE));
  const group = begin<T>(call);
  const terms = group.terms;
  while (next(group)) {
    const from = x + group.offset;
    const to = out + group.offset;
    const part = parts + <usize>group.position * FROM_LENGTH * 8;
    const max0 = pairOf(group, part, FROM_MAX, 0);
    const max = narrow<T>(max0, sizeof<T>() == 4 ? pairOf(group, part, FROM_MAX, 2) : f64x2.splat(0));
    if (group.lanesArePositions) {
      toScratch<T>(group, from, terms);
      storeExponentials<T>(group, terms, terms, max, true);
      fromScratch<T>(group, terms, to, factorOf<T>(group, terms, part));
    } else {
      storeExponentials<T>(group, from, to, max, true);
      scale<T>(group, to, factorOf<T>(group, to, part));
    }
  }
}

/** What the exponentials are multiplied by: a over (1 + others) times the term of the maximum. */
function factorOf<T>(group: SingleGroup, exponentials: usize, part: usize): v128 {
  const one = f64x2.splat(1);
  const a0 = pairOf(group, part, FROM_SCALE, 0);
  const others0 = pairOf(group, part, FROM_OTHERS, 0);
  const sum0 = f64x2.add(one, others0);
  const none = f64x2.splat(0);
  if (sizeof<T>() == 4) {
    const sum1 = f64x2.add(one, pairOf(group, part, FROM_OTHERS, 2));
    const total0 = f64x2.mul(group.wideMaxTerm0, sum0);
    const total1 = f64x2.mul(group.wideMaxTerm1, sum1);
    return factorFor<T>(group, exponentials, a0, pairOf(group, part, FROM_SCALE, 2), none, total0, total1, none);
  }
  findMaxTerm<T>(group);
  const maxTerm = group.maxTerm;
  const sumError = f64x2.add(twoSumError(one, others0), pairOf(group, part, FROM_OTHERS_ERROR, 0));
  const total = f64x2.mul(maxTerm, sum0);
  const ofFactors = f64x2.add(f64x2.mul(maxTerm, sumError), f64x2.mul(group.maxTermError, sum0));
  const totalError = f64x2.add(twoProductError(maxTerm, sum0), ofFactors);
  return factorFor<T>(group, exponentials, a0, a0, none, total, total, totalError);
}

/** A number of the positions in a lane and the next; of a group's only position, or beyond its last one, once more. */
@inline
function pairOf(group: SingleGroup, part: usize, field: i32, lane: i32): v128 {
  return loadPair(numberAt(group, part, field, lane), numberAt(group, part, field, lane + 1));
}


@inline
function numberAt(group: SingleGroup, part: usize, field: i32, lane: i32): usize {
  return part + <usize>(min(lane, group.positions - 1) * FROM_LENGTH + field) * 8;
}
