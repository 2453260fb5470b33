import type { KernelType } from "../../floatType.js";
import type { Heap } from "./call.js";
import { storeBinary } from "./rows/binary.js";

export function binaryCrossEntropy(memory: Heap, type: KernelType, call: number): void {
  storeBinary(memory, type, call, false);
}
