import type { Kernel } from "../../backend/kernel.js";

/** A compiled kernel. Workers have no other ones. */
export const kernelNamed = (name: string): Kernel =>
  ({ compiled: (kernels, address) => kernels[name](address) }) as Kernel;
