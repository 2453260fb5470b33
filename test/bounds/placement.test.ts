// That the wrapper gives kernels memory of their own: each call that it makes of one is held against the ranges that the
// arguments name. They lie in what the allocator gave out, and none that is written meets another.

import { describe, expect, it } from "vitest";
import { crossEntropy } from "../../src/crossEntropy.js";
import { crossEntropyGrad } from "../../src/crossEntropyGrad.js";
import { crossEntropyHvp } from "../../src/crossEntropyHvp.js";
import { logSoftmaxBackward, softmaxBackward } from "../../src/backward.js";
import type { Engine } from "../../src/engine.js";
import { kernelsOf, type WasmExports } from "../../src/load.js";
import { logSoftmax } from "../../src/logSoftmax.js";
import { logSumExp } from "../../src/logSumExp.js";
import { LinearMemory } from "../../src/memory.js";
import { softmax } from "../../src/softmax.js";
import { alloc } from "../../src/wasmArray.js";
import { Window } from "../../src/window.js";
import { mulberry32 } from "../random.js";
import { CheckedInstance, instrument, READ, WRITE } from "./instrument.js";
import { BUILD, grantArray, isArray, type Positions, scratchBytes, SIZES } from "./kernelCase.js";
import { type Kernel, KERNELS } from "./kernelList.js";

const SEED = 20261202;

interface Range {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly written: boolean;
}

/** An allocator of which it is known what it has given out. */
class KnownMemory extends LinearMemory {
  readonly live = new Map<number, number>();

  override allocate(bytes: number): number {
    const address = super.allocate(bytes);
    this.live.set(address, bytes);
    return address;
  }

  override release(address: number): void {
    super.release(address);
    this.live.delete(address);
  }
}

const MODULE = instrument(BUILD.text);

/** An engine whose kernels are watched. */
function watchedEngine(): { engine: Engine; problems: string[]; calls: Map<string, number> } {
  const checked = new CheckedInstance(MODULE);
  const memory = new KnownMemory(checked.memory, checked.exports.heapBase() as number);
  const problems: string[] = [];
  const calls = new Map<string, number>();
  const exports: Record<string, unknown> = { memory: checked.memory, heapBase: checked.exports.heapBase };
  for (const kernel of KERNELS) {
    exports[kernel.name] = (...args: number[]) => {
      calls.set(kernel.name, (calls.get(kernel.name) ?? 0) + 1);
      const ranges = rangesOf(kernel, args);
      for (const problem of [...outside(ranges, memory.live), ...meeting(ranges)]) {
        problems.push(`${kernel.name}(${args.join()}): ${problem}`);
      }
      checked.reset(BUILD.text);
      for (const { start, end, written } of ranges) checked.grant(start, end - start, written ? READ | WRITE : READ);
      checked.violations.length = 0;
      checked.exports[kernel.name](...args);
      problems.push(...checked.violations);
    };
  }
  const engine: Engine = {
    backend: { kind: "wasm", variant: "simd" },
    kernels: kernelsOf(exports as unknown as WasmExports),
    memory,
    window: new Window(memory),
  };
  return { engine, problems, calls };
}

/** The ranges that a call's arguments name; reads beyond the end of what is kept one a position are on their own. */
function rangesOf(kernel: Kernel, args: readonly number[]): Range[] {
  const of = (name: string, absent: number) => {
    const at = kernel.parameters.findIndex(({ role }) => role === name);
    return at < 0 ? absent : args[at];
  };
  // A run of adjacent elements is one row.
  const positions: Positions = {
    rows: of("rows", 1),
    cols: of("cols", of("length", 0)),
    inner: of("inner", 1),
    stride: of("stride", 1),
  };
  return kernel.parameters.flatMap(({ name, role }, i): Range[] => {
    const start = args[i];
    if (role === "scratch") {
      return [{ name, start, end: start + scratchBytes(positions, SIZES[kernel.type]), written: true }];
    }
    if (!isArray(role) || (role.optional && start === 0)) return [];
    const ranges: Range[] = [];
    grantArray(kernel, role, positions, start, (at, bytes) => {
      ranges.push({ name, start: at, end: at + bytes, written: role.written });
    });
    return ranges;
  });
}

function* outside(ranges: readonly Range[], live: ReadonlyMap<number, number>): Generator<string> {
  for (const { name, start, end } of ranges) {
    if (![...live].some(([address, bytes]) => start >= address && end <= address + bytes)) {
      yield `${name} is [${start}, ${end}), which is in nothing that was given out`;
    }
  }
}

function* meeting(ranges: readonly Range[]): Generator<string> {
  for (const a of ranges) {
    if (!a.written) continue;
    for (const b of ranges) {
      if (a.name === b.name || a.start >= b.end || b.start >= a.end) continue;
      // In place: the same memory. Only elements are computed in the place of elements.
      if (a.start === b.start && a.end === b.end) continue;
      // Reading beyond the end, whose values mean nothing.
      if (!b.written && b.end - b.start === 16) continue;
      yield `${a.name} at [${a.start}, ${a.end}) meets ${b.name} at [${b.start}, ${b.end})`;
    }
  }
}

/** Layouts of rows, of positions beside each other, of several blocks, of strips, with what is left of them. */
const SHAPES = [
  { shape: [1], axis: 0 },
  { shape: [7], axis: 0 },
  { shape: [300], axis: 0 },
  { shape: [9, 3], axis: 1 },
  { shape: [5, 97], axis: 1 },
  { shape: [700, 100], axis: 1 },
  { shape: [2, 5, 2], axis: 1 },
  { shape: [2, 5, 3], axis: 1 },
  { shape: [3, 5, 4], axis: 1 },
  { shape: [2, 11, 9], axis: 1 },
  { shape: [3, 40, 130], axis: 1 },
  // Strips of 16, with one left over: in 8 bytes an element or more.
  { shape: [8000, 17], axis: 0 },
  { shape: [70_000], axis: 0 },
];

const TYPES = [
  ["f32", Float32Array],
  ["f64", Float64Array],
] as const;

describe(`what the wrapper gives kernels is theirs (seed ${SEED})`, () => {
  it.each(TYPES.flatMap(([name, Type]) => SHAPES.map(({ shape, axis }) => ({ name, Type, shape, axis }))))(
    "$name: $shape along $axis",
    ({ Type, shape, axis }) => {
      const random = mulberry32(SEED);
      const { engine, problems, calls } = watchedEngine();
      const length = shape.reduce((a, b) => a * b, 1);
      const cols = shape[axis];
      const positions = length / cols;
      const values = () => new Type(length).map(() => 10 * (random() - 0.5));
      const ordinary = () => {
        const array = values();
        return () => array;
      };
      // Aligned to the element and no more. The view anew each time: memory may have grown.
      const resident = () => {
        const array = alloc(engine, Type, length + 3);
        const view = () => array.view.subarray(3);
        view().set(values());
        return view;
      };
      const mask = new Uint8Array(length).fill(1).map((_, i) => Number(i % cols === 0 || random() < 0.7));
      mask.fill(1, 0, axis === 0 ? length / cols : 1);
      const labels = new Int32Array(positions).map(() => (random() < 0.2 ? -100 : Math.floor(random() * cols)));
      const weight = new Float64Array(cols).fill(0.5);
      const upstream = new Float64Array(positions).fill(0.5);
      const place = { shape, axis };
      const none = { ...place, reduction: "none" };
      for (const make of [ordinary, resident]) {
        const [x, v, out] = [make(), make(), make()];
        softmax(engine, x(), place);
        softmax(engine, x(), { ...place, out: x() });
        softmax(engine, x(), { ...place, mask, temperature: 2, out: out() });
        logSoftmax(engine, x(), { ...place, out: out() });
        logSumExp(engine, x(), { ...place, mask });
        crossEntropy(engine, x(), labels, { ...place, labelSmoothing: 0.1 });
        crossEntropyGrad(engine, x(), labels, {
          ...none,
          weight,
          upstream,
          zLoss: 0.1,
          labelSmoothing: 0.1,
          out: out(),
        });
        crossEntropyGrad(engine, x(), labels, { ...place, out: v(), accumulate: true });
        crossEntropyGrad(engine, x(), v(), { ...place, mask, weight, temperature: 2, labelSmoothing: 0.2 });
        crossEntropyGrad(engine, x(), labels, { ...place, out: x() });
        crossEntropyHvp(engine, x(), v(), v(), { ...none, mask, weight, labelSmoothing: 0.1 });
        crossEntropyHvp(engine, x(), labels, v(), { ...place, out: v() });
        softmaxBackward(engine, x(), v(), { ...place, out: v() });
        logSoftmaxBackward(engine, x(), v(), { ...place, out: x() });
        expect(problems.slice(0, 5)).toEqual([]);
      }
      const kernels = KERNELS.filter(({ type }) => SIZES[type] === Type.BYTES_PER_ELEMENT).map(({ name }) => name);
      expect(kernels.filter((name) => !calls.has(name) && name !== "keepF64")).toEqual([]);
    },
  );

  it("and it would be seen where it is not: planted calls", () => {
    const { engine, problems } = watchedEngine();
    const { address } = engine.window;
    const kernels = engine.kernels.f32;
    const seen = (run: () => void) => {
      problems.length = 0;
      run();
      return problems.join("\n");
    };
    expect(seen(() => kernels.softmax(address, address, address + 4096, 4, 9, 1, 1))).toBe("");
    expect(seen(() => kernels.softmax(address, address + 16, address + 4096, 4, 9, 1, 1))).toContain("meets x");
    expect(seen(() => kernels.softmax(address, address, address + 96, 4, 9, 1, 1))).toContain("scratch at");
    expect(seen(() => kernels.softmax(address - 16, address, address + 4096, 4, 9, 1, 1))).toContain("given out");
    const losses = address + 4;
    expect(
      seen(() => kernels.crossEntropy(address, address + 512, 0, 0, 1, 0, losses, address + 4096, 2, 9, 1, 1)),
    ).toContain(`losses at [${losses}, ${losses + 8}) meets x`);
  });
});
