// What roundings in f64 lose, exactly.

/** Of a + b: two-sum (Knuth). */
@inline
export function lostInSum(a: v128, b: v128): v128 {
  const sum = f64x2.add(a, b);
  const added = f64x2.sub(sum, a);
  return f64x2.add(f64x2.sub(a, f64x2.sub(sum, added)), f64x2.sub(b, added));
}

/** a − q·b for q = a/b rounded, if |q| and |b| are below 2^996: Dekker's, of halves of 26 bits (Veltkamp). */
function residual(a: v128, q: v128, b: v128): v128 {
  const qHigh = upperHalf(q);
  const qLow = f64x2.sub(q, qHigh);
  const bHigh = upperHalf(b);
  const bLow = f64x2.sub(b, bHigh);
  const rest = f64x2.sub(f64x2.sub(a, f64x2.mul(qHigh, bHigh)), f64x2.mul(qHigh, bLow));
  return f64x2.sub(f64x2.sub(rest, f64x2.mul(qLow, bHigh)), f64x2.mul(qLow, bLow));
}


@inline
function upperHalf(a: v128): v128 {
  const c = f64x2.mul(a, f64x2.splat(134217729)); // 2^27 + 1
  return f64x2.sub(c, f64x2.sub(c, a));
}

/** What q = a/b, rounded, lost, and with it what the roundings of a and of b lost; 0 where that way overflows. */
export function lostInQuotient(a: v128, aLost: v128, q: v128, b: v128, bLost: v128): v128 {
  return finite(f64x2.div(f64x2.sub(f64x2.add(residual(a, q, b), aLost), f64x2.mul(q, bLost)), b));
}

/** What a·b loses, by the same way; 0 where that way overflows. */
@inline
export function lostInProduct(a: v128, b: v128): v128 {
  return finite(f64x2.neg(residual(f64x2.mul(a, b), a, b)));
}

/** 0 for NaN, which is what infinite numbers lose. */
@inline
export function finite(lost: v128): v128 {
  return v128.and(lost, f64x2.eq(lost, lost));
}
