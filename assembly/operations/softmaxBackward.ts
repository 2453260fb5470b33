import { LOSS_SCALE, OPERAND, OUT, TEMPERATURE, X } from "../abi";
import { address, number } from "../call";
import { multiplyLinear } from "../elementwise";
import { begin, next } from "../groups";
import { dot } from "../reductions";
import { power } from "../temperature";

/**
 * The vector-Jacobian product of softmax, from y = softmax(x), which is X, and dy, which is OPERAND:
 *
 *   out_c = LOSS_SCALE·y_c·(dy_c − Σ_j y_j·dy_j)
 *
 * LOSS_SCALE is 1/TEMPERATURE, or the largest power of two in f64.
 * `out` is `y` or `dy`, or disjoint from both.
 */
export function softmaxBackward<T>(call: usize): void {
  const y = address(call, X);
  const dy = address(call, OPERAND);
  const out = address(call, OUT);
  const given = number(call, LOSS_SCALE);
  // In f32 a result that is not 0 is infinite from there on; its f64 would be beyond every double.
  let scale = sizeof<T>() == 4 ? min(given, power(700)) : given;
  // In f64 scale·dy would then be infinite before the difference is taken: what is beyond 2^500 multiplies the result.
  const isBeyond = sizeof<T>() == 8 && scale > power(500);
  if (isBeyond) scale = power(500);
  const rest = f64x2.splat(1 / (number(call, TEMPERATURE) * power(500)));
  const scales = f64x2.splat(scale);
  const group = begin<T>(call);
  while (next(group)) {
    const offset = group.offset;
    const step = group.step;
    dot<T>(group, y + offset, step, dy + offset, step);
    const minusScales = f64x2.splat(-scale);
    const t0 = f64x2.mul(minusScales, group.sum0);
    const t1 = f64x2.mul(minusScales, group.sum1);
    multiplyLinear<T>(group, y + offset, step, dy + offset, step, out + offset, step, scales, scales, t0, t1);
    if (isBeyond) {
      const none = f64x2.splat(0);
      multiplyLinear<T>(group, out + offset, step, out + offset, step, out + offset, step, none, none, rest, rest);
    }
  }
}
