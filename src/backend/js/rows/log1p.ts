// Logarithms: the operations of assembly/log1p.ts in its order. It states the methods and the error bounds.

// From here on m is halved: √2 to the 20 bits of its high word.
const SQRT2 = 1.4142131805419922; // 0x1.6a09ep+0

const LN2_HI = 6.9314718036912381649e-1; // 0x1.62e42feep-1
const LN2_LO = 1.90821492927058770002e-10; // 0x1.a39ef35793c76p-33
const L1 = 6.66666666666673513e-1; // 0x1.5555555555593p-1
const L2 = 3.999999999940941908e-1; // 0x1.999999997fa04p-2
const L3 = 2.857142874366239149e-1; // 0x1.2492494229359p-2
const L4 = 2.222219843214978396e-1; // 0x1.c71c51d8e78afp-3
const L5 = 1.818357216161805012e-1; // 0x1.7466496cb03dep-3
const L6 = 1.531383769920937332e-1; // 0x1.39a09d078c69fp-3
const L7 = 1.479819860511658591e-1; // 0x1.2f112df3e5244p-3

/** log(1 + x + xError), 0 ≤ x < 2^64, |xError| about an ulp of x. */
export function log1p(x: number, xError = 0): number {
  const u = 1 + x;
  // 2^-k by halving, one step for each doubling of the sum: taking the double apart costs 20 ns.
  let k = 0;
  let scale = 1;
  while (u * scale >= SQRT2) {
    scale *= 0.5;
    k++;
  }
  const g = u * scale - 1;
  const b = u - 1;
  const error = (1 - (u - b) + (x - b + xError)) * scale * (1 - g * (1 - g));
  const half = 0.5 * g * g;
  const s = g / (2 + g);
  const z = s * s;
  const w = z * z;
  const even = w * (L2 + w * (L4 + w * L6));
  const odd = z * (L1 + w * (L3 + w * (L5 + w * L7)));
  // k·ln 2 + g by two-sum: only one rounding is as large as the result.
  const a = k * LN2_HI;
  const hi = a + g;
  const added = hi - a;
  const lo = a - (hi - added) + (g - added);
  const small = s * (half + (even + odd)) + (k * LN2_LO + error) - half + lo;
  const result = hi + small;
  logError = hi - result + small;
  return result;
}

/** The rounding error of the last logarithm. */
export let logError = 0;

const LN2 = 0.6931471805599453; // 0x1.62e42fefa39efp-1
const A1 = 0.6666666564545496; // 0x1.555554fd9ca68p-1
const A2 = 0.40000335191191094; // 0x1.999a7a8b0215ep-2
const A3 = 0.28537308523262933; // 0x1.2438d790ee599p-2
const A4 = 0.2358215164700035; // 0x1.e2f66427744e8p-3

/** log((rest + top)/top) for f32. */
export function logOfSum(rest: number, top: number): number {
  const sum = rest + top;
  let k = 0;
  let shifted = top;
  for (let limit = top * Math.SQRT2; sum >= limit; limit *= 2) {
    shifted *= 2;
    k++;
  }
  const s = (rest + (top - shifted)) / (sum + shifted);
  const z = s * s;
  return k * LN2 + s * (2 + z * (A1 + z * A2 + z * z * (A3 + z * A4)));
}
