// The v128 vocabulary of the kernels. The one file that knows of relaxed SIMD.

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

/** The largest lane. A NaN may be lost, as in every `pmax`. */
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
