// The rounding errors of both exponentials, by gappa, with the error of their polynomials by sollya: on pieces of the reduced
// argument r, in ulp of e^r. (The sweep of all floats gives the f32 exponential's exactly; this is a proof of the same, and
// all that there is of the f64 one, whose floats nobody can try.)

import { constantsOf, exactly } from "./constants.js";
import { gappa, supnorm } from "./tools.js";

const HALF_LN2 = 0.3466;
const INNER = [
  0.335, 0.32, 0.305, 0.2877, 0.27, 0.25, 0.2232, 0.19, 0.16, 0.1336, 0.125, 0.09, 0.0625, 0.03125, 0.015, 0.004,
];
const EDGES = [HALF_LN2, ...INNER, 1e-6];

/** Intervals of r of one sign. */
const PIECES: readonly (readonly [number, number])[] = [
  ...EDGES.slice(1).map((edge, i) => [-EDGES[i], -edge] as const),
  ...EDGES.slice(1).map((edge, i) => [edge, EDGES[i]] as const),
];

export interface PieceError {
  readonly from: number;
  readonly to: number;
  /** Of e^r in ulp. */
  readonly ulps: number;
}

/** Half an ulp of a number below a size. */
const halfUlp = (size: number, precision: number) => 2 ** (Math.ceil(Math.log2(size)) - precision - 1);

function pieceError(from: number, to: number, precision: number, absolute: number): PieceError {
  const unit = 2 ** (from < 0 ? -precision : 1 - precision);
  return { from, to, ulps: absolute / unit };
}

/** e = 1 + (r + r²·q(r)), r = hi − n·LN2_LO rounded, where hi = x − n·LN2_HI is exact. */
export function expErrors(): PieceError[] {
  const { C2, C3, C4, C5, C6, LN2_LO } = constantsOf("exp");
  const [c2, c3, c4, c5, c6] = [C2, C3, C4, C5, C6].map(exactly);
  const polynomial = `1+x+x^2*(${C2}+x*(${C3}+x*(${C4}+x*(${C5}+x*${C6}))))`;
  return PIECES.map(([from, to]) => {
    const rounding = gappa(
      `@rnd = float<ieee_32,ne>;
C2 = ${c2}; C3 = ${c3}; C4 = ${c4}; C5 = ${c5}; C6 = ${c6};
r = rnd(r_);
rr rnd= r * r;
t5 rnd= C5 * r; t45 rnd= t5 + C4; t6 rnd= rr * C6; u rnd= t6 + t45;
t3 rnd= C3 * r; t23 rnd= t3 + C2; v rnd= rr * u; q rnd= v + t23;
rq rnd= rr * q; p rnd= rq + r; e rnd= p + 1;
R2 = r * r; Q = R2 * (R2 * C6 + (C5 * r + C4)) + (C3 * r + C2); RQ = R2 * Q; P = RQ + r; E = P + 1;
{ r in [${from},${to}] -> e - E in ? /\\ rq - RQ in ? /\\ p - P in ? }
`,
      "e - E",
    );
    // r is rounded, after n·LN2_LO is, |n| ≤ 451; LN2_HI + LN2_LO is ln 2 to 2^-46.
    const size = Math.max(Math.abs(from), Math.abs(to));
    const reduction = halfUlp(size, 24) + halfUlp(451 * LN2_LO, 24) + 451 * 2 ** -46;
    return pieceError(from, to, 24, rounding + reduction * Math.exp(to) + supnorm(polynomial, from, to));
  });
}

/** e = (1 + hi) + ((hi − ((1 + hi) − 1)) + (r²·q(r) − n·LN2_LO)), r = hi − n·LN2_LO rounded. */
export function expErrorsF64(): PieceError[] {
  const constants = constantsOf("expF64");
  const c = (k: number) => constants[`C${k}`];
  const named = Array.from({ length: 10 }, (_, i) => `C${i + 2} = ${exactly(c(i + 2))};`).join(" ");
  const series = Array.from({ length: 10 }, (_, i) => 11 - i).reduce(
    (inner, k) => `(${exactDecimal(c(k))}+x*${inner})`,
    "0",
  );
  const polynomial = `1+x+x^2*${series}`;
  // |n| ≤ 2166 + 1087 in the integer's range.
  const most = 3300 * constants.LN2_LO;
  return PIECES.map(([from, to]) => {
    const rounding = gappa(
      `@rnd = float<ieee_64,ne>;
${named}
h = rnd(h_); l = rnd(l_);
r rnd= h - l;
r2 rnd= r * r; r4 rnd= r2 * r2;
a5 rnd= C5 * r; a45 rnd= a5 + C4; a3 rnd= C3 * r; a23 rnd= a3 + C2; b0 rnd= r2 * a45; q0 rnd= b0 + a23;
a9 rnd= C9 * r; a89 rnd= a9 + C8; a7 rnd= C7 * r; a67 rnd= a7 + C6; b1 rnd= r2 * a89; q1 rnd= b1 + a67;
a11 rnd= C11 * r; aa rnd= a11 + C10; b2 rnd= r4 * aa; b3 rnd= b2 + q1; b4 rnd= r4 * b3; q rnd= b4 + q0;
rq rnd= r2 * q;
g rnd= 1 + h; s = h - (g - 1);
t rnd= rq - l; rest rnd= s + t; e rnd= g + rest;
R2 = r * r; R4 = R2 * R2;
Q = R4 * (R4 * (C11 * r + C10) + (R2 * (C9 * r + C8) + (C7 * r + C6))) + (R2 * (C5 * r + C4) + (C3 * r + C2));
RQ = R2 * Q;
E = 1 + ((h - l) + RQ);
{ h in [${from},${to}] /\\ l in [-${most},${most}] /\\ h - (g - 1) in [-1b-52,1b-52] /\\ @FIX(h, -1074)
  -> e - E in ? }
e - E -> (e - (g + rest)) + ((rest - (s + t)) + ((t - (rq - l)) + (rq - RQ)));
`,
      "e - E",
    );
    // r is rounded in r²·q(r), and n·LN2_LO is; LN2_HI + LN2_LO is ln 2 to 2^-96.
    const size = Math.max(Math.abs(from), Math.abs(to));
    const reduction = halfUlp(size, 53) * 2 * size + halfUlp(most, 53) + 3300 * 2 ** -96;
    return pieceError(from, to, 53, rounding + reduction * Math.exp(to) + supnorm(polynomial, from, to));
  });
}

/** For sollya, which reads decimals as they stand. */
const exactDecimal = (value: number): string => exactly(value).replace("b", "*2^(") + ")";
