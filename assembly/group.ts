// The records in which passes over a group of positions leave their results for each other, in the caller's scratch.
//
// A quantity whose names end in 0 and 1 is in f64: 0 is for positions 0 and 1, and 1 for positions 2 and 3, which exist
// only in f32. An error is a rounding error, which only f64 has.

import { GROUP_BYTES } from "./abi";

/** A sum over the classes of each position, in f64: a part of a group's record. */
@unmanaged
export class Sum {
  half0: v128;
  half1: v128;
  /** The rounding error of half0. */
  error: v128;
}

/** What the passes know about a group: each vector has one value per position, or is one of two halves in f64. */
@unmanaged
export class Group {
  max: v128;
  /** The term of the maximum: the bits that were stored for it; in f64 its rounding error. */
  maxTerm: v128;
  maxTermError: v128;
  /** In f32, the term of the maximum in f64, without the rounding of maxTerm. */
  wideMaxTerm0: v128;
  wideMaxTerm1: v128;
  /** The sum of the exponentials. */
  total0: v128;
  total1: v128;
  totalError: v128;
  /** The sum without the term of the maximum. */
  sumOfOthers0: v128;
  sumOfOthers1: v128;
  sumOfOthersError: v128;
  /** log Σ e^(x_c − max). */
  logSum0: v128;
  logSum1: v128;
  logSumError: v128;
  /** The last of other sums over the classes. */
  sum0: v128;
  sum1: v128;
  sumError: v128;
  /** What the exponentials are multiplied by. */
  factor: v128;
  /**
   * A gradient's entries at the labels, and where they lie: bytes from the group's first element, i32. `partial` keeps
   * the places of the maxima here: their classes, or the vectors in which they were found.
   */
  labelEntries: v128;
  labelPlaces: v128;
}

if (<i32>offsetof<Group>() > GROUP_BYTES) ERROR("abi.ts: GROUP_BYTES");

/** Where the sum of the exponentials goes. */
@inline
export function totalIn(group: Group): Sum {
  return changetype<Sum>(changetype<usize>(group) + offsetof<Group>("total0"));
}

/** Where another sum goes. */
@inline
export function sumIn(group: Group): Sum {
  return changetype<Sum>(changetype<usize>(group) + offsetof<Group>("sum0"));
}
