import { CONFIDENCE, PROBABILITIES, SMOOTHED_TARGETS, UNIFORM, UNIFORMS, WEIGHTS } from "../abi";
import { address, number } from "../call";
import { begin, next } from "../groups";
import { finite, twoProductError, twoSumError } from "../errorFree";
import { half0, half1, lanes } from "../lanes";

/**
 * SMOOTHED_TARGETS b_c = w_c·(CONFIDENCE·q_c + ε/C), in f64, for the classes of each position.
 *
 * q is PROBABILITIES; without it the first term is absent. ε/C is UNIFORM, or the position's own in UNIFORMS.
 */
export function smoothTargets<T>(call: usize): void {
  const q = address(call, PROBABILITIES);
  const weights = address(call, WEIGHTS);
  const uniforms = address(call, UNIFORMS);
  const smoothed = address(call, SMOOTHED_TARGETS);
  const confidence = number(call, CONFIDENCE);
  const confidences = f64x2.splat(confidence);
  const group = begin<T>(call);
  while (next(group)) {
    const lanesArePositions = group.lanesArePositions;
    const step = group.step;
    let from = q + group.offset;
    let to = smoothed + group.offset * (8 / sizeof<T>());
    const stepF64 = step * (8 / sizeof<T>());
    let weight = weights;
    let uniform0 = f64x2.splat(number(call, UNIFORM));
    let uniform1 = uniform0;
    if (uniforms) {
      const at = uniforms + ((<usize>group.position) << 3);
      uniform0 = lanesArePositions ? v128.load(at) : v128.load64_splat(at);
      uniform1 = lanesArePositions && sizeof<T>() == 4 ? v128.load(at, 16) : uniform0;
    }
    for (let n = group.vectors; n > 0; --n, from += step, to += stepF64) {
      const v = q ? v128.load(from) : v128.splat<T>(0);
      let weight0 = f64x2.splat(1);
      let weight1 = weight0;
      if (weights) {
        weight0 = lanesArePositions ? v128.load64_splat(weight) : v128.load(weight);
        weight1 = sizeof<T>() == 8 || lanesArePositions ? weight0 : v128.load(weight, 16);
        weight += lanesArePositions ? 8 : 8 * lanes<T>();
      }
      v128.store(to, targets<T>(weight0, confidences, half0<T>(v), uniform0));
      if (sizeof<T>() == 4) v128.store(to, targets<T>(weight1, confidences, half1<T>(v), uniform1), 16);
    }
    for (let n = group.tail; n > 0; --n, from += sizeof<T>(), to += 8, weight += 8) {
      const v = f64x2.splat(q ? <f64>load<T>(from) : 0);
      const w = weights ? v128.load64_splat(weight) : f64x2.splat(1);
      v128.store64_lane(to, targets<T>(w, confidences, v, uniform0), 0);
    }
  }
}

/** w·(confidence·q + uniform), in f64 for results of f64 with the roundings made good. */
@inline
function targets<T>(w: v128, confidence: v128, q: v128, uniform: v128): v128 {
  const own = f64x2.mul(confidence, q);
  const mixed = f64x2.add(own, uniform);
  const weighed = f64x2.mul(w, mixed);
  if (sizeof<T>() == 4) return weighed;
  const error = f64x2.add(twoProductError(confidence, q), finite(twoSumError(own, uniform)));
  return f64x2.add(weighed, f64x2.add(f64x2.mul(w, error), twoProductError(w, mixed)));
}
