import { IGNORED, LOSS_SCALE, OPERAND, OUT, SCRATCH, VALUES, X, Z_LOSS_SCALE } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { elementOf, type Heap, number } from "./call.js";
import { canonical, multiplyLinear, scaleExponentials } from "./rows/elementwise.js";
import { quotientError } from "./rows/errorFree.js";
import { totalError } from "./rows/exponentials.js";
import { gradientScaleOf, lossOf, readLoss } from "./rows/loss.js";
import { eachPosition, exponentialsAt, gather } from "./rows/positions.js";
import { dot } from "./rows/reductions.js";
import { sumError } from "./rows/sum.js";

export function crossEntropyHvp(memory: Heap, type: KernelType, call: number): void {
  const loss = readLoss(memory, type, call);
  const { heap, cols, stride } = loss;
  const x = elementOf(memory, type, call, X);
  const v = elementOf(memory, type, call, OPERAND);
  const out = elementOf(memory, type, call, OUT);
  const values = elementOf(memory, type, call, VALUES);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  const lossScale = number(memory, call, LOSS_SCALE);
  const zLossScale = number(memory, call, Z_LOSS_SCALE);
  eachPosition(memory, call, (position, first) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const row = lossOf(loss, position, first, i, exponentials);
    heap[values + position] = canonical(row.loss);
    const d = v + first;
    const o = out + first;
    if (row.label === IGNORED || row.total !== row.total) {
      for (let c = 0; c < cols; c++) heap[o + c * stride] = row.label === IGNORED ? 0 : NaN;
      return;
    }
    const { total } = row;
    const sum = dot(16 / type.bytes, cols, heap, exponentials, 1, heap, d, stride);
    const [gradientScale, gradientScaleError] = gradientScaleOf(type, lossScale, zLossScale, row);
    let t = sum / total;
    let m = total;
    // In f64 p_c is first multiplied by the larger of the two coefficients: alone, a tiny p_c would lose digits that its
    // product has.
    if (type.key === "f64") {
      t += quotientError(sum, sumError, t, total, totalError);
      m = Math.max(Math.abs(gradientScale), Math.abs(zLossScale)) || 1;
      const sign = gradientScale / m;
      const error = Math.abs(sign) === 1 ? sign * gradientScaleError : 0;
      scaleExponentials(type, heap, exponentials, cols, m, error, total, totalError);
    }
    const a = gradientScale / m;
    const b = ((zLossScale - gradientScale) / m) * t;
    for (let c = 0; c < cols; c++) {
      heap[o + c * stride] = multiplyLinear(heap[exponentials + c], heap[d + c * stride], a, b);
    }
  });
}
