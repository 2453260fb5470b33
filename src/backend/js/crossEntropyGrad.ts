import { IGNORED, LOSS_SCALE, OUT, SCRATCH, UPSTREAM, VALUES, X, Z_LOSS_SCALE } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, elementOf, type Heap, number } from "./call.js";
import { canonical, scaleExponentials } from "./rows/elementwise.js";
import { twoSumError } from "./rows/errorFree.js";
import { sumOfOthersError, totalError } from "./rows/exponentials.js";
import { gradientScaleOf, type LossInputs, lossOf, type LossRow, readLoss, timesQuotient } from "./rows/loss.js";
import { eachPrefix, gather, scatter } from "./rows/positions.js";

export function crossEntropyGrad(memory: Heap, type: KernelType, call: number): void {
  const loss = readLoss(memory, type, call);
  const { heap, stride } = loss;
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const values = elementOf(memory, type, call, VALUES);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const upstream = address(memory, call, UPSTREAM);
  const lossScale = number(memory, call, LOSS_SCALE);
  const zLossScale = number(memory, call, Z_LOSS_SCALE);
  eachPrefix(memory, call, (position, first, cols) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const g = stride === 1 ? out + first : i;
    const row = lossOf(loss, cols, position, first, i, g);
    heap[values + position] = canonical(row.loss);
    heap[values + position] += 0;
    const u = upstream === 0 ? 1 : memory.f64[upstream / 8 + position];
    if (row.label === IGNORED) heap.fill(0, g, g + cols);
    else if (row.total !== row.total) heap.fill(NaN, g, g + cols);
    // A z-loss scale of 0 stays 0, even where upstream is infinite.
    else gradientOf(loss, row, cols, first, g, lossScale * u, zLossScale === 0 ? 0 : zLossScale * u);
    scatter(heap, g, out + first, cols, stride);
  });
}

/** Turns the exponentials at g into the gradient of a position. */
function gradientOf(
  { memory, type, heap, stride, smoothed, zLoss }: LossInputs,
  row: LossRow,
  cols: number,
  first: number,
  g: number,
  lossScale: number,
  zLossScale: number,
): void {
  const targets = smoothed + first;
  const { label, labelWeight, targetMass, sumOfOthers, logSumExp } = row;
  // An only class has the probability 1 exactly, so that its target leaves +0 of it.
  const isCertain = smoothed !== 0 && cols === 1;
  if (isCertain) heap[g] = 1;
  const maxTerm = isCertain ? 1 : row.maxTerm;
  const total = isCertain ? 1 : row.total;
  const error = isCertain ? 0 : totalError;
  const term = label < 0 ? 0 : heap[g + label];
  const [gradientScale, gradientScaleError] = gradientScaleOf(type, lossScale, zLossScale, row);
  const isSound = Number.isFinite(type.round(gradientScale));
  if (isSound || type.key === "f64") {
    scaleExponentials(type, heap, g, cols, gradientScale, gradientScaleError, total, error);
    if (smoothed !== 0) {
      for (let c = 0; c < cols; c++) heap[g + c] -= type.round(memory.f64[targets + c * stride] * lossScale);
    }
  } else {
    // In f64, in which no 0·∞ or ∞ − ∞ comes of a finite scale.
    const factor = gradientScale / total;
    for (let c = 0; c < cols; c++) {
      const target = smoothed === 0 ? 0 : memory.f64[targets + c * stride] * lossScale;
      heap[g + c] = heap[g + c] * factor - target;
    }
  }
  if (label >= 0) {
    // 1 − p_y as the others' sum over the total, which does not cancel; 0 − … because an only class has +0.
    const isMax = term === maxTerm;
    const others = isMax ? sumOfOthers : total - term;
    const othersError = isMax ? sumOfOthersError : twoSumError(total, -term) + error;
    let entry = 0 - timesQuotient(type, lossScale * labelWeight, others, othersError, total, error);
    if (smoothed !== 0 || zLoss !== 0) {
      entry += timesQuotient(type, lossScale * targetMass + zLossScale * logSumExp, term, 0, total, error);
    }
    if (smoothed !== 0) entry -= lossScale * memory.f64[targets + label * stride];
    heap[g + label] = canonical(entry);
  }
  if (!isSound) for (let c = g; c < g + cols; c++) heap[c] = canonical(heap[c]);
}
