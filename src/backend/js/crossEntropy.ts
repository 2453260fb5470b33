import { SCRATCH, VALUES, X } from "../../../assembly/abi.js";
import type { KernelType } from "../../floatType.js";
import { elementOf, type Heap } from "./call.js";
import { canonical } from "./rows/elementwise.js";
import { lossOf, readLoss } from "./rows/loss.js";
import { eachPrefix, exponentialsAt, gather } from "./rows/positions.js";

export function crossEntropy(memory: Heap, type: KernelType, call: number): void {
  const loss = readLoss(memory, type, call);
  const { heap, stride } = loss;
  const x = elementOf(memory, type, call, X);
  const values = elementOf(memory, type, call, VALUES);
  const scratch = elementOf(memory, type, call, SCRATCH);
  const exponentials = exponentialsAt(memory, type, call);
  eachPrefix(memory, call, (position, first, cols) => {
    const i = gather(heap, x + first, cols, stride, scratch);
    heap[values + position] = canonical(lossOf(loss, cols, position, first, i, exponentials).loss);
    // −0 to +0, once it is rounded.
    heap[values + position] += 0;
  });
}
