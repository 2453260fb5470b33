import type { KernelType } from "../floatType.js";
import type { Heap } from "./js/call.js";

/** Compiled kernels of one precision: the exports of assembly/index.ts. Each takes the address of its call (assembly/abi.ts). */
export type CompiledKernels = Readonly<Record<string, (call: number) => void>>;

/** A kernel in both backends. Both read the same call block, and give the same bits. */
export interface Kernel {
  readonly compiled: (kernels: CompiledKernels, call: number) => void;
  readonly js: (memory: Heap, type: KernelType, call: number) => void;
  /** Whether the results for elements of −∞ are those for absent elements, in every row that is not NaN. */
  readonly keepsAbsent?: boolean;
}
