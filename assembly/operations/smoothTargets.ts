import { CONFIDENCE, PROBABILITIES, SMOOTHED_TARGETS, UNIFORM, UNIFORMS, WEIGHTS } from "../abi";
import { address, number } from "../call";
import { begin, lanesArePositions, next, offset, position, step, tail, vectors } from "../groups";
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
  begin<T>(call, false);
  while (next()) {
    let from = q + offset;
    let to = smoothed + offset * (8 / sizeof<T>());
    const stepF64 = step * (8 / sizeof<T>());
    let weight = weights;
    let uniform0 = f64x2.splat(number(call, UNIFORM));
    let uniform1 = uniform0;
    if (uniforms) {
      const at = uniforms + ((<usize>position) << 3);
      uniform0 = lanesArePositions ? v128.load(at) : v128.load64_splat(at);
      uniform1 = lanesArePositions && sizeof<T>() == 4 ? v128.load(at, 16) : uniform0;
    }
    for (let n = vectors; n > 0; --n) {
      let target0 = uniform0;
      let target1 = uniform1;
      if (q) {
        const v = v128.load(from);
        target0 = f64x2.add(f64x2.mul(confidences, half0<T>(v)), target0);
        if (sizeof<T>() == 4) target1 = f64x2.add(f64x2.mul(confidences, half1<T>(v)), target1);
      }
      if (weights) {
        const weight0 = lanesArePositions ? v128.load64_splat(weight) : v128.load(weight);
        target0 = f64x2.mul(weight0, target0);
        if (sizeof<T>() == 4) {
          target1 = f64x2.mul(lanesArePositions ? v128.load64_splat(weight) : v128.load(weight, 16), target1);
        }
        weight += lanesArePositions ? 8 : 8 * lanes<T>();
      }
      v128.store(to, target0);
      if (sizeof<T>() == 4) v128.store(to, target1, 16);
      from += step;
      to += stepF64;
    }
    for (let n = tail; n > 0; --n, from += sizeof<T>(), to += 8, weight += 8) {
      let value = f64x2.extract_lane(uniform0, 0);
      if (q) value = confidence * <f64>load<T>(from) + value;
      if (weights) value = load<f64>(weight) * value;
      store<f64>(to, value);
    }
  }
}
