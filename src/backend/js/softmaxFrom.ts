import {
  COLS,
  FROM_LENGTH,
  FROM_SCALE,
  OUT,
  FROM_MAX,
  FROM_OTHERS,
  FROM_OTHERS_ERROR,
  PARTS,
  SCRATCH,
  STRIDE,
  TEMPERATURE,
  X,
} from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { address, count, elementOf, type Heap, number } from "./call.js";
import { scaleExponentials } from "./rows/elementwise.js";
import { twoProductError, twoSumError } from "./rows/errorFree.js";
import { expOf, findMaxTerm, preciseMaxTerm, preciseMaxTermError, storeExponentials } from "./rows/exponentials.js";
import { eachPosition, gather, scatter } from "./rows/positions.js";
import { temperatureOf } from "./rows/temperature.js";

export function softmaxFrom(memory: Heap, type: KernelType, call: number): void {
  const heap = memory[type.key];
  const { f64 } = memory;
  const x = elementOf(memory, type, call, X);
  const out = elementOf(memory, type, call, OUT);
  const parts = address(memory, call, PARTS) / 8;
  const scratch = elementOf(memory, type, call, SCRATCH);
  const cols = count(memory, call, COLS);
  const stride = count(memory, call, STRIDE);
  const temperature = temperatureOf(type, number(memory, call, TEMPERATURE));
  eachPosition(memory, call, (position, first) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    const o = stride === 1 ? out + first : i;
    const part = parts + position * FROM_LENGTH;
    const max = type.round(f64[part + FROM_MAX]);
    const a = f64[part + FROM_SCALE];
    const others = f64[part + FROM_OTHERS];
    storeExponentials(heap, i, o, cols, max, temperature);
    const maxTerm = type.key === "f64" ? expOf(heap, max, temperature) : 0;
    findMaxTerm(heap, maxTerm, max, temperature);
    const sum = 1 + others;
    const total = preciseMaxTerm * sum;
    let totalError = 0;
    if (type.key === "f64") {
      const sumError = twoSumError(1, others) + f64[part + FROM_OTHERS_ERROR];
      totalError = twoProductError(preciseMaxTerm, sum) + (preciseMaxTerm * sumError + preciseMaxTermError * sum);
    }
    scaleExponentials(type, heap, o, cols, a, 0, total, totalError);
    scatter(heap, o, out + first, cols, stride);
  });
}
