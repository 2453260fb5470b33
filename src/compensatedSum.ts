import type { FloatArray } from "./floatType.js";

/**
 * A sum of row values in f64 in which the rounding errors are summed apart, as Neumaier does, in the order of the positions: a
 * block of rows more or less, or a thread, changes no bit of it. Knuth's TwoSum gives an error without asking which is larger.
 */
export class CompensatedSum {
  private sum = 0;
  private lost = 0;

  /** Takes one value a position, of the positions that come next. */
  take(heap: FloatArray, at: number, count: number): void {
    let sum = this.sum;
    let lost = this.lost;
    for (let i = at; i < at + count; i++) {
      const value = heap[i];
      const next = sum + value;
      const added = next - sum;
      lost += sum - (next - added) + (value - added);
      sum = next;
    }
    this.sum = sum;
    this.lost = lost;
  }

  /** An infinite sum has no lost digits, but NaN for them. */
  get value(): number {
    return Number.isFinite(this.sum) ? this.sum + this.lost : this.sum;
  }
}
