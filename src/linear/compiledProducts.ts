// The compiled products in a memory.

import type { KernelType } from "../floatType.js";
import type { Products } from "./products.js";

type Name = keyof Products;
type Compiled = Readonly<Record<Name | `${Name}F64`, (...args: number[]) => void>>;
export type ProductsOfTypes = Readonly<Record<KernelType["key"], Products>>;

export function compiledProducts(module: WebAssembly.Module, memory: WebAssembly.Memory): ProductsOfTypes {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { exports } = instance as unknown as { readonly exports: Compiled };
  return {
    f32: exports,
    f64: {
      multiply: exports.multiplyF64,
      addRows: exports.addRowsF64,
      pack: exports.packF64,
      packTurned: exports.packTurnedF64,
      copyColumns: exports.copyColumnsF64,
    },
  };
}
