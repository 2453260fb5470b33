import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { instantiate, type WasmArray } from "../../src/index.js";
import { mulberry32 } from "../reference/random.js";

const SEED = 20261206;
const CALLS = 1_000_000;
const EACH = 100_000;

// So that what is measured is what is kept, and not what waits to be collected.
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

describe(`a million calls of mixed sizes (seed ${SEED})`, () => {
  it.each(["wasm", "js"] as const)("%s: linear memory is flat, and so is the process's", (backend) => {
    const instance = instantiate({ backend });
    const random = mulberry32(SEED);
    const below = (n: number) => Math.floor(random() * n);
    const pool = new Float32Array(100_000).map(() => 20 * (random() - 0.5));
    const doubles = Float64Array.from(pool.subarray(0, 2000));
    const alive: WasmArray<Float32Array>[] = [];
    const step = () => {
      const cols = 1 + (below(100) === 0 ? below(9000) : below(60));
      const rows = 1 + below(4);
      const x = pool.subarray(below(1000) * 4).subarray(0, rows * cols);
      const shape = [rows, cols];
      const labels = new Uint16Array(rows).map(() => below(cols));
      switch (below(9)) {
        case 0:
          return instance.softmax(x, { shape });
        case 1:
          return instance.logSumExp(x, { shape, axis: 0, temperature: 2 });
        case 2:
          return instance.crossEntropyGrad(x, labels, { weight: new Float64Array(cols).fill(1), labelSmoothing: 0.1 });
        case 3:
          return instance.crossEntropy(x, labels, { mask: new Uint8Array(x.length).fill(1), zLoss: 0.1 });
        case 4:
          return instance.softmaxBackward(x, x, { shape });
        case 5:
          if (alive.length >= 40) alive.splice(below(40), 1)[0].free();
          return alive.push(instance.alloc(Float32Array, below(5000)));
        case 6: {
          const array = alive.at(below(40) % Math.max(alive.length, 1));
          return array && array.length > 0 ? instance.softmax(array, { out: array }) : undefined;
        }
        case 7:
          return instance.crossEntropyHvp(
            doubles.subarray(0, cols % 2000 || 1),
            [0],
            doubles.subarray(0, cols % 2000 || 1),
          );
        default:
          try {
            return instance.crossEntropyGrad(x, labels.fill(cols), { shape });
          } catch {
            return undefined;
          }
      }
    };
    const bytes = () => {
      const probe = instance.alloc(Float32Array, 1);
      const { byteLength } = probe.view.buffer;
      probe.free();
      return byteLength;
    };
    const sizes: number[] = [];
    const resident: number[] = [];
    for (let n = 0; n < CALLS + 2 * EACH; n++) {
      step();
      if (n < 2 * EACH || n % EACH !== 0) continue; // the first are for warming up
      collect();
      sizes.push(bytes());
      resident.push(process.memoryUsage().rss / 2 ** 20);
    }
    const slope = slopeOf(resident);
    console.log(
      `${backend}: ${CALLS} calls, linear memory ${sizes[0]} bytes, resident ${resident.map((mib) => mib.toFixed(1)).join(" ")} MiB, slope ${slope.toFixed(3)} MiB per 1e5 calls`,
    );
    if (backend === "wasm") expect(new Set(sizes).size, sizes.join()).toBe(1);
    expect(slope).toBeLessThan(1);
  });
});

/** The median of the slopes between any two (Theil, Sen): one jump, of a compiler's arena, is no slope. */
function slopeOf(values: readonly number[]): number {
  const slopes = values.flatMap((a, i) => values.slice(i + 1).map((b, j) => (b - a) / (j + 1)));
  return slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)];
}
