// The products of matrices, in the memory of an engine: compiled if the engine's kernels are, else in JavaScript; with
// the same bits, except with relaxed SIMD.

import type { Engine } from "../backend/engine.js";
import type { KernelType } from "../floatType.js";
import { isShared } from "../typedArray.js";
import { compiledProducts, type ProductsOfTypes } from "./compiledProducts.js";
import * as multiplyInJs from "./js/multiply.js";
import * as packInJs from "./js/pack.js";
import { linearModule, relaxedModule, sharedModule } from "./source/inlined.js";

/** Sizes of rows and addresses are in bytes. assembly/linear/ has the contracts. */
export interface Products {
  multiply(
    a: number,
    aRow: number,
    aStep: number,
    rows: number,
    b: number,
    cols: number,
    depth: number,
    out: number,
    outRow: number,
    bias: number,
    mode: number,
    edge: number,
  ): void;
  addRows(x: number, xRow: number, rows: number, cols: number, out: number): void;
  pack(x: number, xRow: number, rows: number, cols: number, out: number): void;
  packTurned(x: number, xRow: number, rows: number, cols: number, out: number): void;
  copyColumns(x: number, xRow: number, rows: number, cols: number, out: number): void;
}

/** The compiled products, instantiated once for each engine. */
const compiled = /* @__PURE__ */ new WeakMap<Engine, ProductsOfTypes>();

export function productsOn(engine: Engine, type: KernelType): Products {
  const known = compiled.get(engine);
  if (known !== undefined) return known[type.key];
  if (engine.compiled !== null) {
    try {
      const made = instantiated(engine);
      compiled.set(engine, made);
      return made[type.key];
    } catch {
      // Memory may be lacking. The next call tries again.
    }
  }
  return productsInJs(engine, type);
}

const instantiated = (engine: Engine): ProductsOfTypes =>
  compiledProducts(moduleFor(engine), engine.memory.pages as WebAssembly.Memory);

/** The same build as the engine's own kernels, which this host is known to accept. */
function moduleFor({ backend, memory }: Engine): WebAssembly.Module {
  if (isShared(memory.buffer)) return sharedModule();
  return backend.variant === "relaxed" ? relaxedModule() : linearModule();
}

export function productsInJs({ memory }: Engine, type: KernelType): Products {
  return {
    multiply: (a, aRow, aStep, rows, b, cols, depth, out, outRow, bias, mode) => {
      multiplyInJs.multiply(memory, type, a, aRow, aStep, rows, b, cols, depth, out, outRow, bias, mode);
    },
    addRows: (x, xRow, rows, cols, out) => {
      multiplyInJs.addRows(memory, type, x, xRow, rows, cols, out);
    },
    pack: (x, xRow, rows, cols, out) => {
      packInJs.pack(memory, type, x, xRow, rows, cols, out);
    },
    packTurned: (x, xRow, rows, cols, out) => {
      packInJs.packTurned(memory, type, x, xRow, rows, cols, out);
    },
    copyColumns: (x, xRow, rows, cols, out) => {
      packInJs.copyColumns(memory, type, x, xRow, rows, cols, out);
    },
  };
}
