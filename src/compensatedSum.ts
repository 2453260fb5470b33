import type { FloatArray } from "./floatType.js";

/**
 * A sum of row values in f64, in the order of the positions, with the rounding errors summed separately (Neumaier). The
 * division of rows into blocks or among threads changes no bit of it. Knuth's TwoSum gives the error of an addition
 * without asking which operand is larger.
 */
export class CompensatedSum {
  private sum = 0;
  private lost = 0;

  /** Adds one value per position, for the next `count` positions. */
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

  /** Where the sum is infinite, `lost` is NaN and must not be added. */
  get value(): number {
    return Number.isFinite(this.sum) ? this.sum + this.lost : this.sum;
  }
}
