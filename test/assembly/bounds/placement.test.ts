// That the wrapper gives kernels memory of their own: each call that it makes of one is held against the ranges that the
// call block names. They lie in what the allocator gave out, and none that is written meets another.

import { describe, expect, it } from "vitest";
import type { CompiledKernels } from "../../../src/backend/kernel.js";
import type { Engine } from "../../../src/backend/engine.js";
import { functionsOn } from "../../../src/instance.js";
import { LinearMemory } from "../../../src/memory/linearMemory.js";
import { Staging } from "../../../src/memory/staging.js";
import { alloc, inLinearMemory } from "../../../src/memory/wasmArray.js";
import { readOptions } from "../../../src/arguments/options.js";
import { partial } from "../../../src/operations/partial.js";
import { openPiece } from "../../../src/operations/softmaxFrom.js";
import { mulberry32 } from "../../reference/random.js";
import { CheckedInstance, instrument, READ, WRITE } from "./instrument.js";
import * as abi from "../../../assembly/abi.js";
import { BUILD, grantArray, isArray, type Positions, scratchBytes, SIZES } from "./kernelCase.js";
import { type Field, type Kernel, KERNELS, type Parameter, placeOf } from "./kernelList.js";

const SEED = 20261202;

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Range extends Span {
  readonly name: string;
  readonly written: boolean;
  /** What of it may be touched, where that is not all: the lines of a strip. */
  readonly lines?: readonly Span[];
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
  const compiled = { f32: {}, f64: {} } as Record<Kernel["type"], Record<string, CompiledKernels[string]>>;
  for (const kernel of KERNELS) {
    compiled[kernel.type][kernel.name.replace(/F64$/, "")] = (call: number) => {
      calls.set(kernel.name, (calls.get(kernel.name) ?? 0) + 1);
      const ranges = rangesOf(kernel, call, new DataView(checked.memory.buffer));
      for (const problem of [...outside(ranges, [...memory.live]), ...meeting(ranges)]) {
        problems.push(`${kernel.name}: ${problem}`);
      }
      checked.reset(BUILD.text);
      for (const range of ranges) {
        const rights = range.written ? READ | WRITE : READ;
        for (const { start, end } of range.lines ?? [range]) checked.grant(start, end - start, rights);
      }
      checked.violations.length = 0;
      checked.exports[kernel.name](call);
      problems.push(...checked.violations);
    };
  }
  const engine: Engine = {
    backend: { kind: "wasm", variant: "simd" },
    memory,
    staging: new Staging(memory),
    newArray: inLinearMemory(memory),
    call: memory.allocate(abi.CALL_BYTES),
    plain: { call: memory.allocate(abi.CALL_BYTES), base: -1 },
    defers: false,
    lacks: null,
    compiled,
  };
  return { engine, problems, calls };
}

/** The call block, and the ranges that it names; reads beyond the end of what is kept one per position are on their own. */
function rangesOf(kernel: Kernel, call: number, memory: DataView): Range[] {
  const word = (name: Field) => memory.getUint32(call + 4 * abi[name], true);
  const layout = { rows: word("ROWS"), cols: word("COLS"), inner: word("INNER"), stride: word("STRIDE") };
  const hasClasses = kernel.parameters.some(({ name }) => name === "CLASSES");
  const more = { k: word("K"), width: word("WIDTH") };
  const positions: Positions = { ...layout, ...more, ...(hasClasses && { classes: word("CLASSES") }) };
  return kernel.parameters.flatMap((parameter): Range[] => {
    const { name, role } = parameter;
    const { at, bytes } = placeOf(parameter);
    const block = { name: "the call", start: call + at, end: call + at + bytes, written: false };
    return [block, ...rangesAt(kernel, parameter, isArray(role) || role === "scratch" ? word(name) : 0, positions)];
  });
}

/** What a parameter names that is an address. */
function rangesAt(kernel: Kernel, { name, role }: Parameter, start: number, positions: Positions): Range[] {
  if (role === "scratch") {
    return [{ name, start, end: start + scratchBytes(kernel, positions, SIZES[kernel.type]), written: true }];
  }
  if (!isArray(role) || (role.optional && start === 0)) return [];
  const { of, written } = role;
  const spans: Span[] = [];
  grantArray(kernel, role, positions, start, (at, bytes) => spans.push({ start: at, end: at + bytes }));
  if (of !== "elements") return spans.map((span) => ({ name, written, ...span }));
  const [{ end }] = spans.slice(-1);
  return [{ name, written, start, end, lines: spans }];
}

function* outside(
  ranges: readonly Range[],
  live: readonly (readonly [address: number, bytes: number])[],
): Generator<string> {
  for (const { name, start, end } of ranges) {
    if (!live.some(([address, bytes]) => start >= address && end <= address + bytes)) {
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
      if (a.start === b.start && (a.end === b.end || (a.name === "OUT" && b.name === "X"))) continue;
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
  // Strips of 16, with one left over: in 8 bytes per element or more.
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
      const by = functionsOn(engine);
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
        const array = alloc(engine.newArray, Type, length + 3);
        const view = () => array.view.subarray(3);
        view().set(values());
        return view;
      };
      const mask = new Uint8Array(length).fill(1).map((_, i) => Number(i % cols === 0 || random() < 0.7));
      mask.fill(1, 0, axis === 0 ? length / cols : 1);
      // Chunks of which there is nothing, in short rows the same of each.
      const chunks = mask.map((present, i) => (Math.floor((i % cols) / abi.MASK_CHUNK) % 3 === 1 ? 0 : present));
      const labels = new Int32Array(positions).map(() => (random() < 0.2 ? -100 : Math.floor(random() * cols)));
      const weight = new Float64Array(cols).fill(0.5);
      const upstream = new Float64Array(positions).fill(0.5);
      const place = { shape, axis };
      // Long enough for every label, along the last axis.
      const lengths =
        axis === shape.length - 1 ? Int32Array.from(labels, (label) => Math.max(label + 1, cols >> 1)) : undefined;
      const none = { ...place, reduction: "none" };
      for (const make of [ordinary, resident]) {
        const [x, v, out, soft] = [make(), make(), make(), make()];
        // No probability of an absent class.
        soft().set(soft().map((value, k) => (mask[k] === 0 ? 0 : value)));
        by.softmax(x(), place);
        by.softmax(x(), { ...place, out: x() });
        by.softmax(x(), { ...place, mask, temperature: 2, out: out() });
        by.softmax(x(), { ...place, mask: chunks, out: out() });
        by.softmaxBackward(x(), v(), { ...place, mask: chunks });
        by.logSoftmax(x(), { ...place, out: out() });
        by.logSumExp(x(), { ...place, mask });
        by.argmax(x(), { ...place, mask });
        by.topK(x(), { ...place, k: Math.min(cols, 5) });
        by.topK(x(), { ...place, k: cols, mask, of: "logProbability" });
        const rows = { shape: [positions, cols] };
        by.sample(x(), { ...rows, topP: 0.9 });
        by.sample(x(), { ...rows, mask, topK: 70, topP: 0.5, minP: 0.1, temperature: 2 });
        by.crossEntropy(x(), labels, { ...place, labelSmoothing: 0.1 });
        by.crossEntropyGrad(x(), labels, {
          ...none,
          weight,
          upstream,
          zLoss: 0.1,
          labelSmoothing: 0.1,
          out: out(),
        });
        by.crossEntropyGrad(x(), labels, { ...place, out: v(), accumulate: true });
        by.softmax(x(), { ...place, ...(lengths && { lengths }), out: x() });
        by.crossEntropyGrad(x(), labels, { ...none, ...(lengths && { lengths }), labelSmoothing: 0.2, upstream });
        by.crossEntropyGrad(x(), soft(), { ...place, mask, weight, temperature: 2, labelSmoothing: 0.2 });
        by.crossEntropyGrad(x(), labels, { ...place, out: x() });
        by.crossEntropyHvp(x(), soft(), v(), { ...none, mask, weight, labelSmoothing: 0.1 });
        by.crossEntropyHvp(x(), labels, v(), { ...place, out: v() });
        by.softmaxBackward(x(), v(), { ...place, out: v() });
        by.logSoftmaxBackward(x(), v(), { ...place, out: x() });
        by.sigmoid(x(), { out: x() });
        by.entropy(x(), { ...place, mask });
        by.tokenLogProbs(x(), labels, place);
        // Weights of more classes than staging holds leave room for one element a block: too many blocks to watch.
        const classes = shape.at(-1) ?? 1;
        const last = classes > 1000 ? 0.5 : new Float64Array(classes).fill(0.5);
        by.binaryCrossEntropy(x(), v(), { shape, weight: last });
        by.binaryCrossEntropyGrad(x(), v(), { shape, posWeight: last, upstream: 2, out: x() });
        const each = new Float64Array(length).fill(0.5);
        by.binaryCrossEntropyGrad(x(), v(), { reduction: "none", upstream: each, out: v() });
        by.binaryCrossEntropyGrad(x(), v(), { accumulate: true, out: out() });
        partial(engine, x(), { ...place, labels, mask: mask.map(() => 1) });
        partial(engine, x(), { ...place, entropy: true, smoothing: true, temperature: 2, mask });
        const parts = new Float64Array(positions * abi.FROM_LENGTH).fill(6);
        for (const given of [
          { ...place, mask },
          { ...place, out: x() },
        ]) {
          openPiece(engine, x(), readOptions(given, ["shape", "axis", "mask", "out"]), positions).compute(parts, 2);
        }
        expect(problems.slice(0, 5)).toEqual([]);
      }
      const kernels = KERNELS.filter(({ type }) => SIZES[type] === Type.BYTES_PER_ELEMENT).map(({ name }) => name);
      const isLast = axis === shape.length - 1;
      const isShort = isLast && cols <= abi.SHORT_ROW_F64;
      const isCompressible = isLast && cols >= 4 * abi.MASK_CHUNK;
      const notHere = [
        "selectF64",
        ...(isLast ? [] : ["fillAbsent", "fillAbsentF64"]),
        ...(isShort && isCompressible ? [] : ["countChunks", "countChunksF64"]),
        ...(isCompressible ? [] : ["compress", "compressF64", "expand", "expandF64"]),
      ];
      expect(kernels.filter((name) => !calls.has(name) && !notHere.includes(name))).toEqual([]);
    },
  );

  it("and it would be seen where it is not: planted calls", () => {
    const { engine, problems } = watchedEngine();
    const { address } = engine.staging;
    const { f32 } = engine.compiled as NonNullable<Engine["compiled"]>;
    // Classes of four rows of nine.
    const seen = (kernel: (call: number) => void, words: Partial<Record<Field, number>>) => {
      problems.length = 0;
      const call = address + 8192;
      const all = { ROWS: 4, COLS: 9, INNER: 1, STRIDE: 1, SCRATCH: address + 4096, ...words };
      engine.memory.i32.fill(0, address / 4, (call + abi.CALL_BYTES) / 4);
      for (const [name, value] of Object.entries(all)) engine.memory.i32[call / 4 + abi[name as Field]] = value;
      kernel(call);
      return problems.join("\n");
    };
    const { softmax, crossEntropy } = f32;
    expect(seen(softmax, { X: address, OUT: address })).toBe("");
    expect(seen(softmax, { X: address, OUT: address + 16 })).toContain("meets X");
    expect(seen(softmax, { X: address, OUT: address, SCRATCH: address + 96 })).toContain("SCRATCH at");
    expect(seen(softmax, { X: address - 16, OUT: address })).toContain("given out");
    expect(seen(softmax, { X: address, OUT: address, SCRATCH: address + 8000 })).toContain("meets the call");
    const values = address + 4;
    expect(seen(crossEntropy, { X: address, LABELS: address + 512, VALUES: values, ROWS: 2 })).toContain(
      `VALUES at [${values}, ${values + 8}) meets X`,
    );
  });
});
