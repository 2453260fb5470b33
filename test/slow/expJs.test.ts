import { describe, expect, it } from "vitest";
import { CHUNK, exp } from "../../src/backend/js/rows/exp.js";

// Every f32 of the exponential's domain (assembly/exp.ts), the largest x of a row down to the last that has a term: the
// JavaScript one, which has the bits of the SIMD kernels (test/operations/bits.test.ts).

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const toBits = (value: number): number => {
  float[0] = value;
  return bits[0];
};

const values = new Float32Array(CHUNK);
const valuesBits = new Uint32Array(values.buffer);
const terms = new Float32Array(CHUNK);

/** Row exponents change every so many floats; in between e^x has to be monotone. */
const RUN = 2 ** 16;

/** Every float of bits from `first` on to `last`, all of one sign. */
function sweep(first: number, last: number): { count: number; worst: number; at: number; falls: number } {
  const result = { count: 0, worst: 0, at: 0, falls: 0 };
  const sign = first >= 2 ** 31 ? -1 : 1;
  for (let run = first, turn = 0; run <= last; run += RUN, turn++) {
    // k = round(m·log2 e) for a maximum m that is x, up to 104 above it, or 0.3 below its largest: by turns.
    bits[0] = run;
    const least = Math.min(Math.round((float[0] + 104) * Math.LOG2E), 300);
    const most = Math.round(float[0] * Math.LOG2E);
    const k = Math.max(-450, most + ((turn * 37) % (Math.max(least - most, 0) + 1)));
    const scale = 2 ** 64;
    const shift = k * Math.LN2;
    let before = sign < 0 ? Infinity : 0;
    const end = Math.min(run + RUN - 1, last);
    for (let at = run; at <= end; at += CHUNK) {
      const count = Math.min(CHUNK, end - at + 1);
      for (let i = 0; i < count; i++) valuesBits[i] = at + i;
      terms.set(values);
      exp(terms, 0, 0, count, k);
      for (let i = 0; i < count; i++) {
        const y = terms[i];
        if (sign < 0 ? y > before : y < before) result.falls++;
        before = y;
        // Math.exp is within an ulp of f64, 2^-29 of the ulp that counts here; the subtraction is off by 2^-45 at most.
        const truth = Math.exp(values[i] - shift) * scale;
        // An ulp of f32 is 2^-24 of a number at least: below that error nothing is worked out.
        const error = Math.abs(y - truth);
        if (error < 0.9 * 2 ** -24 * truth) continue;
        const ulps = error / 2 ** (Math.floor(Math.log2(truth)) - 23);
        if (ulps > result.worst) {
          result.worst = ulps;
          result.at = values[i];
        }
      }
      result.count += count;
    }
  }
  return result;
}

describe("exp in f32, every float of [−312, 208]", () => {
  it.each([
    ["from 0 up to 208", 0, 208],
    ["from −0 down to −312", -0, -312],
  ])("%s: ≤ 1 ulp and monotone", (title, from, to) => {
    const { count, worst, at, falls } = sweep(toBits(from), toBits(to));
    console.log(`exp ${title}: ${count} floats, worst ${worst.toFixed(4)} ulp at ${at}`);
    expect(count).toBe(toBits(to) - toBits(from) + 1);
    expect(worst, `at ${at}`).toBeLessThanOrEqual(1);
    expect(worst, "the sweep measures something").toBeGreaterThan(0.9);
    expect(falls).toBe(0);
  });
});
