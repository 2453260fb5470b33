// The kernels of a module against those in JavaScript, kernel by kernel and argument by argument: the same bits.

import { jsKernels } from "../../src/js/kernels.js";
import { mulberry32 } from "../random.js";
import { choose, layouts, resultOn, type Subject } from "./kernelCase.js";
import { type Kernel, KERNELS } from "./kernelList.js";

/** What test/bounds/kernelBits.test.ts and test/mutation draw their cases by. */
export const SEEDS = [20261207, 1];

const BYTES = 2 ** 20;

/** The kernels in JavaScript, behind the names that the module's have. */
function inJavaScript(): Subject {
  const buffer = new ArrayBuffer(BYTES);
  const [f32, f64] = [new Float32Array(buffer), new Float64Array(buffer)];
  const kernels = jsKernels({ f32, f64, i32: new Int32Array(buffer), u8: new Uint8Array(buffer) });
  const exports: Record<string, (...args: number[]) => unknown> = { heapBase: () => 1024 };
  for (const { name, type } of KERNELS) {
    exports[name] = Reflect.get(kernels[type], name.replace(/F64$/, "")) as Subject["exports"][string];
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
  for (const positions of layouts(kernel.type, "some")) {
    const choices = choose(kernel, positions, random);
    const expected = resultOn(js, choices, random);
    const { rows, cols, inner } = positions;
    if (!expected.equals(resultOn(module, choices, random))) return `${kernel.name} [${rows}, ${cols}, ${inner}]`;
  }
  return undefined;
}
