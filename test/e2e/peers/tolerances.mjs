// How far a peer may be from the library: the sum of what both may err by, term by term, to first order.
//
// u is half an ulp of 1: 2^-24 or 2^-53. A textbook softmax of a row with maximum m, S = Σ e^(x − m), errs by
//   u·|x − m|        absolutely in fl(x − m), which is relatively in e^(x − m),
//   exp·u            relatively in exp itself,
//   (exp + sum)·u + u·Σ p|x − m|   relatively in S: its terms' errors by their share of it, and those of adding,
// and then by u in each operation that follows. The library adds the 4 ulp (8u) that it promises, 3 ulp (6u) for
// logarithms. Where a peer keeps no subnormals apart the absolute 2^-126 (f32) is left to it.

const UNIT = { f32: 2 ** -24, f64: 2 ** -53 };
const TINY = { f32: 2 ** -126, f64: 2 ** -1022 };

/** By peer: its exp in u, and its sum of C terms in u. TensorFlow.js uses doubles in between and rounds once. */
export const PEERS = {
  ort: { exp: 4, sum: (classes) => classes },
  tf: { exp: 1, sum: () => 1 },
  // x − logsumexp(x): the rounding of the second is an absolute error of the difference.
  tfOwnLoss: { exp: 1, sum: () => 1, viaLogSumExp: true },
};

/**
 * p, log p and s = logsumexp of a row in doubles, and the tolerance of each. Classes that −∞ rules out are exact. `off` is
 * what each logit may be off by where the peer computes it, x/τ, and the library does not round it: e^(x − m) has that of x
 * and that of m.
 */
export function rowBounds(x, dtype, peer, off = 0) {
  const u = UNIT[dtype];
  const m = Math.max(...x);
  const d = x.map((value) => (value === -Infinity ? 0 : m - value + (2 * off) / u));
  const e = x.map((value) => Math.exp(value - m));
  const S = e.reduce((a, b) => a + b, 0);
  const p = e.map((value) => value / S);
  const spread = p.reduce((sum, value, c) => sum + value * d[c], 0);
  const ofS = u * (peer.exp + peer.sum(x.length) + spread);
  const s = m + Math.log(S);
  const logP = x.map((value) => value - s);
  const ofLogP = logP.map((value, c) =>
    value === -Infinity
      ? 0
      : u * d[c] + ofS + u * (2 * Math.log(S) + 8 * Math.abs(value)) + (peer.viaLogSumExp ? u * Math.abs(s) : 0),
  );
  return {
    u,
    tiny: TINY[dtype],
    p,
    logP,
    s,
    ofP: p.map((value, c) => value * (u * (d[c] + peer.exp + 10) + ofS) + TINY[dtype]),
    ofLogP,
    ofS: ofS + u * (2 * Math.log(S) + 4 * Math.abs(s)) + 2 * u * Math.abs(m) + off,
  };
}

/**
 * The tolerances of a loss Σ_c a_c·(−log p_c) + λ s² of a row, and of its gradient a_·p_c − a_c + 2 λ s p_c, where
 * a_ = Σ a: coefficients of a few roundings each, sums of C terms.
 */
export function lossBounds(row, a, zLoss) {
  const { u, p, logP, s, ofLogP, ofS, tiny } = row;
  const classes = p.length;
  const total = a.reduce((x, y) => x + y, 0);
  const counts = (c) => a[c] !== 0;
  const size = a.reduce((sum, value, c) => (counts(c) ? sum + value * Math.abs(logP[c]) : sum), 0);
  const bound = a.reduce((sum, value, c) => (counts(c) ? sum + value * ofLogP[c] : sum), 0);
  const z = zLoss * s * s;
  return {
    size: size + z,
    ofLoss: bound + u * (classes + 8) * size + 2 * zLoss * Math.abs(s) * ofS + 8 * u * z + tiny,
    ofGrad: p.map((value, c) => {
      const pull = total * value;
      const ofPull = pull * ((Number.isFinite(ofLogP[c]) ? ofLogP[c] : 0) + u * (classes + 16));
      const zPull = 2 * zLoss * value;
      return ofPull + u * (classes + 16) * a[c] + zPull * (ofS + Math.abs(s) * (ofLogP[c] + 16 * u)) + tiny;
    }),
  };
}
