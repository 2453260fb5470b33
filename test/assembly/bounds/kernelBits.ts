// The kernels of a module against those in JavaScript, kernel by kernel and argument by argument: the same bits.

import type { Kernel as LibraryKernel } from "../../../src/backend/kernel.js";
import * as pointwise from "../../../src/backend/pointwise.js";
import { F32, F64 } from "../../../src/floatType.js";
import * as operations from "../../../src/operations/index.js";
import { kernel as partial } from "../../../src/operations/partial.js";
import { kernel as softmaxFrom } from "../../../src/operations/softmaxFrom.js";
import { mulberry32 } from "../../reference/random.js";
import { choose, layouts, resultOn, type Subject } from "./kernelCase.js";
import { type Kernel, KERNELS } from "./kernelList.js";

/** What test/slow/bounds.test.ts and test/e2e/mutation draw their cases by; kernelBits.test.ts by the first. */
export const SEEDS = [20261207, 1];

const BYTES = 2 ** 20;

/** The kernels in JavaScript, behind the names that the module's have. */
function inJavaScript(): Subject {
  const buffer = new ArrayBuffer(BYTES);
  const [f32, f64] = [new Float32Array(buffer), new Float64Array(buffer)];
  const memory = { f32, f64, i32: new Int32Array(buffer), u8: new Uint8Array(buffer) };
  const kernels: Readonly<Record<string, LibraryKernel>> = {
    ...pointwise,
    partial,
    softmaxFrom,
    ...Object.fromEntries(Object.entries(operations).map(([name, { kernel }]) => [name, kernel])),
  };
  const exports: Record<string, (...args: number[]) => unknown> = { heapBase: () => 1024 };
  for (const { name, type } of KERNELS) {
    const { js } = kernels[name.replace(/F64$/, "")];
    exports[name] = (call) => {
      js(memory, type === "f32" ? F32 : F64, call);
    };
  }
  const grow = () => {
    throw new Error(`a case needs more than ${BYTES} bytes`);
  };
  return { exports, memory: { buffer, grow } };
}

const js = inJavaScript();

/** The first case of which the bits differ; undefined where none does. */
export function differenceIn(module: Subject, kernel: Kernel, seed: number): string | undefined {
  const random = mulberry32(seed);
  for (const positions of layouts(kernel, "some")) {
    const choices = choose(kernel, positions, random);
    const expected = resultOn(js, choices, random);
    const { rows, cols, inner } = positions;
    if (!expected.equals(resultOn(module, choices, random))) return `${kernel.name} [${rows}, ${cols}, ${inner}]`;
  }
  return undefined;
}
