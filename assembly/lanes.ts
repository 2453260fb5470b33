// The v128 vocabulary of the kernels. The only file that uses relaxed SIMD.

/** How many elements of T a vector holds. */
@inline
export function lanes<T>(): i32 {
  return 16 / sizeof<T>();
}

/** a·b + c, lane by lane: two roundings, or one in a build with relaxed SIMD on hardware that fuses. */
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** c − a·b, lane by lane, rounded as `madd` is. */
@inline
export function nmadd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c);
  return v128.sub<T>(c, v128.mul<T>(a, b));
}

/** The largest lane. It may lose a NaN, as every `pmax` does. */
@inline
export function hmax<T>(v: v128): T {
  if (sizeof<T>() == 4) v = f32x4.pmax(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  const a = v128.extract_lane<T>(v, 0);
  const b = v128.extract_lane<T>(v, 1);
  return a < b ? b : a;
}

/** The first `count` elements at `x` (1 ≤ count < lanes), the other lanes filled. Reads nothing beyond them. */
@inline
export function loadTail<T>(x: usize, count: i32, fill: T): v128 {
  let v = v128.replace_lane<T>(v128.splat<T>(fill), 0, load<T>(x));
  if (sizeof<T>() == 4) {
    if (count > 1) v = v128.replace_lane<T>(v, 1, load<T>(x, sizeof<T>()));
    if (count > 2) v = f32x4.replace_lane(v, 2, <f32>load<T>(x, 2 * sizeof<T>()));
  }
  return v;
}

/** Stores the first `count` lanes (1 ≤ count < lanes) and nothing beyond them. */
@inline
export function storeTail<T>(out: usize, count: i32, v: v128): void {
  store<T>(out, v128.extract_lane<T>(v, 0));
  if (sizeof<T>() == 4) {
    if (count > 1) store<T>(out, v128.extract_lane<T>(v, 1), sizeof<T>());
    if (count > 2) store<f32>(out, f32x4.extract_lane(v, 2), 2 * sizeof<T>());
  }
}

// Widened to f64, a vector of f32 is two vectors: half 0 and half 1. A vector of f64 is its own half 0.

/** Half 0: the first two lanes in f64. */
@inline
export function half0<T>(v: v128): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v) : v;
}

/** Half 1: the last two lanes in f64. Meaningless where T is f64. */
@inline
export function half1<T>(v: v128): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(i32x4.shuffle(v, v, 2, 3, 2, 3)) : v;
}

/** Two halves in f64, each rounded to T. */
@inline
export function narrow<T>(half0: v128, half1: v128): v128 {
  if (sizeof<T>() == 8) return half0;
  return i32x4.shuffle(f32x4.demote_f64x2_zero(half0), f32x4.demote_f64x2_zero(half1), 0, 1, 4, 5);
}

/** Two halves of a comparison's result in f64, as one in T. */
@inline
export function narrowMask<T>(half0: v128, half1: v128): v128 {
  return sizeof<T>() == 8 ? half0 : i32x4.shuffle(half0, half1, 0, 2, 4, 6);
}

/** Whether every lane of a comparison's result is true. */
@inline
export function allTrue<T>(mask: v128): bool {
  return sizeof<T>() == 4 ? i32x4.all_true(mask) : i64x2.all_true(mask);
}

/** The canonical NaN where a lane is NaN: which NaN an operation gives differs between processors. */
@inline
export function canonical<T>(v: v128): v128 {
  return v128.bitselect(v, v128.splat<T>(<T>NaN), v128.eq<T>(v, v));
}
