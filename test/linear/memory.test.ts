import { afterEach, describe, expect, it, vi } from "vitest";
import { type FloatArray, type Instance, instantiate } from "../../src/index.js";
import { type Chunk, chunkOf } from "../../src/linear/sizes.js";
import { bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import { BACKENDS, engineFrom, on, problemOf } from "./layers.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const SEED = 41;
const MIB = 1024 * 1024;

describe("the sizes of chunks", () => {
  it.each([
    [{ rows: 512, features: 768, classes: 50257 }, 4],
    [{ rows: 512, features: 768, classes: 50257 }, 8],
    [{ rows: 100, features: 8, classes: 1e6 }, 4],
    [{ rows: 3, features: 1e6, classes: 2 }, 4],
    [{ rows: 1e6, features: 10, classes: 10 }, 4],
    [{ rows: 0, features: 1, classes: 1 }, 8],
    [{ rows: 1, features: 1, classes: 1 }, 8],
  ])("have rows and classes, and no more than there are: %o in %i bytes", (sizes, bytes) => {
    const { rows, classes } = chunkOf(sizes, bytes);
    expect(rows).toBeGreaterThanOrEqual(1);
    expect(rows).toBeLessThanOrEqual(Math.max(sizes.rows, 1));
    expect(classes).toBeGreaterThanOrEqual(1);
    expect(classes).toBeLessThanOrEqual(sizes.classes);
    if (rows > 1) expect(rows * sizes.classes * bytes).toBeLessThanOrEqual(12 * MIB);
  });
});

describe("linear memory", () => {
  it("grows by less than 16 MiB for the head of a language model, of any number of rows", () => {
    const instance = instantiate({ backend: "wasm" });
    const engine = engineFrom(instance);
    // As many rows as a chunk of 512 has, and the same chunk.
    const [features, classes] = [768, 50257];
    const chunk = chunkOf({ rows: 512, features, classes }, 4);
    expect(chunk.rows).toBeGreaterThanOrEqual(40);
    const x = new Float32Array(chunk.rows * features).fill(0.01);
    const weight = new Float32Array(classes * features).fill(0.01);
    const labels = new Int32Array(chunk.rows).fill(50000);
    const before = engine.memory.buffer.byteLength;
    const options = {
      labelSmoothing: 0.1,
      weight: new Float32Array(classes).fill(1),
      out: { weight: new Float32Array(weight.length) },
    };
    const bias = new Float32Array(classes);
    const { loss } = on(engine, chunk).linearCrossEntropyGrad(x, { weight, bias }, labels, options);
    expect(loss).toBeCloseTo(Math.log(classes), 4);
    const grown = engine.memory.buffer.byteLength - before;
    expect(grown).toBeLessThan(16 * MIB);
    expect(grown).toBeGreaterThan(8 * MIB);
  });

  it.each(BACKENDS)("%s: holds chunks, and does not grow with use or rows", (_, functions) => {
    const { memory } = functions.engine;
    const { x, layer, labels } = problemOf(Float32Array, 200, 30, 20, 1);
    functions.linearCrossEntropyGrad(x, layer, labels);
    const bytes = memory.buffer.byteLength;
    for (let i = 0; i < 20; i++) functions.linearCrossEntropyGrad(x, layer, labels);
    const tall = problemOf(Float32Array, 20000, 30, 20, 1);
    functions.linearCrossEntropyGrad(tall.x, tall.layer, tall.labels);
    expect(memory.buffer.byteLength - bytes).toBeLessThanOrEqual(3 * MIB);
  });

  it("a growth that fails leaves outputs as they were, and the next call works", () => {
    for (const backend of ["wasm", "js"] as const) {
      for (let failing = 1; ; failing++) {
        const functions = on(engineFrom(instantiate({ backend })));
        const { pages } = functions.engine.memory;
        const grow = pages.grow.bind(pages);
        let growths = 0;
        pages.grow = (count: number) => {
          if (++growths === failing) throw new RangeError("failed to grow");
          return grow(count);
        };
        const { x, layer, labels } = problemOf(Float64Array, 4, 3, 60000, 2);
        const out = { x: x.map(() => 7), weight: layer.weight.map(() => 7), bias: layer.bias.map(() => 7) };
        const call = () => functions.linearCrossEntropyGrad(x, layer, labels, { out, labelSmoothing: 0.1 });
        if (failing > 1) {
          // A chunk, and the staging of a row with its smoothed targets.
          let isRefused = false;
          try {
            call();
          } catch (error) {
            isRefused = true;
            expect(error).toMatchObject({ code: "ERR_OUT_OF_MEMORY" });
            for (const array of Object.values(out)) expect(array.every((value) => value === 7)).toBe(true);
          }
          if (!isRefused) break;
        } else expect(call).toThrow("memory: expected room");
        expect(Number.isFinite(call().loss)).toBe(true);
      }
    }
  });
});

describe.each(BACKENDS)("SharedArrayBuffers, %s", (_, { linear, linearCrossEntropyGrad }) => {
  const { x, layer, labels } = problemOf(Float32Array, 40, 6, 40, SEED);
  const given = { reduction: "sum", upstream: 2 } as const;
  const shared = (values: FloatArray, buffer = new SharedArrayBuffer(4 * values.length)): Float32Array => {
    const array = new Float32Array(buffer, 0, values.length);
    array.set(values);
    return array;
  };

  it("of several arrays are several memories", () => {
    const expected = linearCrossEntropyGrad(x, layer, labels, given);
    const all = { weight: shared(layer.weight), bias: shared(layer.bias) };
    const out = { x: shared(x), weight: shared(layer.weight), bias: shared(layer.bias) };
    const { gradX, gradWeight, gradBias, loss } = linearCrossEntropyGrad(shared(x), all, labels, { ...given, out });
    expect([gradX, gradWeight, gradBias]).toEqual([out.x, out.weight, out.bias]);
    expect(JSON.stringify([loss, out])).toBe(
      JSON.stringify([expected.loss, { x: expected.gradX, weight: expected.gradWeight, bias: expected.gradBias }]),
    );
    const logits = linear(x, layer);
    expect(bitsOf(linear(shared(x), all, { out: shared(logits) }))).toBe(bitsOf(logits));
  });

  it("of one memory under two names are read first", () => {
    const buffer = new SharedArrayBuffer(4 * layer.weight.length);
    const weight = shared(layer.weight, buffer);
    const expected = linearCrossEntropyGrad(x, layer, labels, given);
    const out = { weight: new Float32Array(structuredClone(buffer)) };
    const { gradX, gradWeight } = linearCrossEntropyGrad(x, { ...layer, weight }, labels, { ...given, out });
    expect([bitsOf(gradX), bitsOf(gradWeight)]).toEqual([bitsOf(expected.gradX), bitsOf(expected.gradWeight)]);
  });

  it("that two arrays are in are refused", () => {
    const weight = shared(layer.weight);
    const out = { weight: new Float32Array(weight.buffer) };
    const call = () => linearCrossEntropyGrad(x, { ...layer, weight }, labels, { out });
    expect(call).toThrow("out.weight: expected memory apart from layer.weight, got a part of it");
  });
});

describe("small calls, which share a place", () => {
  it.each(["wasm", "js"] as const)("%s: in any order have the bits of an instance's first call", (backend) => {
    const shared = instantiate({ backend });
    const random = mulberry32(SEED);
    for (let round = 0; round < 300; round++) {
      const [rows, features, classes] = [4, 3 + Math.floor(random() * 2), 5];
      const T = random() < 0.5 ? Float32Array : Float64Array;
      const { x, layer, labels } = problemOf(T, rows, features, classes, round);
      if (random() < 0.3) labels[1] = -100;
      const [isResident, isWeightResident, gradX, accumulate] = Array.from({ length: 4 }, () => random() < 0.5);
      const which = Math.floor(random() * 3);
      const call = (instance: Instance, chunk?: Chunk): unknown => {
        const place = (values: FloatArray, inPlace: boolean): never => {
          const array = instance.alloc(T as typeof Float32Array, values.length);
          array.view.set(values);
          return (inPlace ? array : values.slice()) as never;
        };
        const given = { weight: place(layer.weight, isWeightResident), bias: place(layer.bias, gradX) };
        const by = on(engineFrom(instance)).chunked(chunk);
        if (which === 0) return by.linear(place(x, isResident), given, { out: place(new T(rows * classes), gradX) });
        if (which === 1) return by.linearCrossEntropy(place(x, isResident), given, labels);
        const out = { weight: place(layer.weight, isResident), ...(gradX ? { x: place(x, isWeightResident) } : {}) };
        return by.linearCrossEntropyGrad(place(x, isResident), given, labels, { gradX, accumulate, out });
      };
      const expected = JSON.stringify(call(instantiate({ backend: "js" }), { rows: 2, classes: 3 }));
      expect(JSON.stringify(call(shared)), `round ${round}`).toBe(expected);
    }
  });
});

describe("where the module of linear layers cannot be compiled", () => {
  it("JavaScript computes in the memory of the kernels, with the same bits; the next call tries again", () => {
    const instance = instantiate({ backend: "wasm" });
    const functions = on(engineFrom(instance));
    const { x, layer, labels } = problemOf(Float32Array, 9, 7, 5, 3);
    const resident = instance.alloc(Float32Array, x.length);
    resident.view.set(x);
    const expected = BACKENDS[0][1].linear(x, layer);
    const construct = vi.spyOn(WebAssembly, "Instance").mockImplementation(function () {
      throw new RangeError("Out of memory");
    });
    expect(bitsOf(functions.linear(resident, layer) as never)).toBe(bitsOf(expected as never));
    const { gradWeight } = functions.linearCrossEntropyGrad(resident, layer, labels);
    expect(construct).toHaveBeenCalledTimes(2);
    construct.mockRestore();
    expect(functions.linear(resident, layer)).toEqual(expected);
    expect(functions.linearCrossEntropyGrad(resident, layer, labels).gradWeight).toEqual(gradWeight);
  });
});
