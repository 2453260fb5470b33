// One call of one kernel, twice: with every access held against the ranges that the call names, and as it is shipped, among
// bytes that are NaN, none of which may change or show in a result.

import { readFileSync } from "node:fs";
import {
  BATCH_GROUPS,
  BATCH_VECTORS,
  BINARY_SCRATCH_BYTES,
  BINS_BYTES,
  CALL_BYTES,
  FROM_LENGTH,
  GROUP_BYTES,
  IGNORED,
  MASK_CHUNK,
  NO_LABEL,
  SHORT_ROW_F32,
  SHORT_ROW_F64,
  SINGLE_GROUP_BYTES,
  SPARE_VECTORS,
  WEIGHTS_SPARE,
} from "../../../assembly/abi.js";
import { STATE_LENGTH } from "../../../assembly/state.js";
import { mulberry32 } from "../../reference/random.js";
import { CheckedInstance, instrument, READ, textOf, WRITE } from "./instrument.js";
import { type ArrayRole, type Field, type Kernel, type Parameter, placeOf } from "./kernelList.js";
import { argumentOf, fillParts, fillRows, numberOf } from "./kernelValues.js";

export interface Positions {
  readonly rows: number;
  readonly cols: number;
  readonly inner: number;
  readonly stride: number;
  /** Of topK and sample (assembly/abi.ts). */
  readonly k?: number;
  readonly of?: number;
  /** Elements of a row of the result of `compress`. */
  readonly width?: number;
  /** Whether partial computes what an entropy takes. */
  readonly flag?: number;
  /** How many classes come before those of x. */
  readonly shift?: number;
  /** Of a binary loss, where they are others than `cols`. */
  readonly classes?: number;
}

/** A module's binary and its text, of the same instructions. */
export interface Build {
  readonly text: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
}

const SHIPPED = Uint8Array.from(readFileSync("build/simd.wasm"));

/** As it is shipped, which the optimizer has seen once more after asc wrote its text. */
export const BUILD: Build = {
  text: textOf(SHIPPED),
  wasm: SHIPPED,
};

/** Kernels and the memory they work on. */
export interface Subject {
  readonly memory: { readonly buffer: ArrayBufferLike; grow(pages: number): number };
  readonly exports: Readonly<Record<string, (...args: number[]) => unknown>>;
}

export interface Pair {
  readonly text: string;
  readonly checked: CheckedInstance;
  readonly shipped: Subject;
}

export const pairOf = ({ text, wasm }: Build): Pair => ({
  text,
  checked: new CheckedInstance(instrument(text)),
  shipped: subjectOf(wasm),
});

export function subjectOf(wasm: Build["wasm"]): Subject {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  return { exports: exports as Subject["exports"], memory: exports.memory as WebAssembly.Memory };
}

/** Bytes between arrays, and before the first and after the last: more than any vector or pair of them. */
const GAP = 96;
/** How far an array may begin beside a multiple of 64. */
const OFFSETS = 64;

/** Classes are below this number. */
const MOST_CLASSES = 2 ** 31 - 1;

export const SIZES = { f32: 4, f64: 8, i32: 4, u8: 1 } as const;
type Element = keyof typeof SIZES;

/** An array of a call: its place, and its values by their logical index. */
interface Placed {
  readonly parameter: Parameter;
  readonly role: ArrayRole;
  readonly element: Element;
  readonly address: number;
  readonly values: Float64Array;
}

export const isArray = (role: Parameter["role"]): role is ArrayRole => typeof role === "object";

/** An optional array is there or not, and so on: what a case is, apart from where it lies. */
export interface Choices {
  readonly kernel: Kernel;
  readonly positions: Positions;
  readonly present: ReadonlySet<Field>;
  readonly numbers: ReadonlyMap<Field, number>;
  readonly data: ReadonlyMap<Field, Float64Array>;
  /** The input in whose place the result goes. */
  readonly inPlaceOf: Field | undefined;
}

/** `out` is added to what it holds: it is no other argument. */
const NEVER_IN_PLACE = ["add", "addF64"];

/** The numbers of a call without options, which some kernels compute in a way of its own. */
const PLAIN: Partial<Record<Field, number>> = { CONFIDENCE: 1, Z_LOSS: 0, Z_LOSS_SCALE: 0, TEMPERATURE: 1 };

/** How many values an array has. */
function countOf({ of }: ArrayRole, { rows, cols, inner, k, width, classes = cols }: Positions): number {
  if (of === "classes") return cols;
  if (of === "packed") return rows * (width as number);
  if (of === "class lists") return 2 * (classes + WEIGHTS_SPARE);
  if (of === "parts" || of === "parts to read") return rows * inner * (of === "parts" ? STATE_LENGTH : FROM_LENGTH);
  return rows * inner * (of === "elements" ? cols : of === "chosen" ? (k as number) : 1);
}

export function choose(kernel: Kernel, layout: Positions, random: () => number): Choices {
  const chunks = chunksOf(kernel, layout, random);
  const positions = {
    ...layout,
    ...selectionOf(kernel, layout, random),
    ...chunks?.width,
  };
  const { cols, inner } = positions;
  const isPlain = random() < 0.3;
  const isBinary = kernel.name.startsWith("binary");
  const logits = kernel.name.startsWith("sample") ? "logits to draw from" : "logits";
  const present = new Set<Field>();
  const data = new Map<Field, Float64Array>();
  const inputs: Field[] = [];
  for (const { name, role } of kernel.parameters) {
    if (!isArray(role)) continue;
    const isPossible = name !== "LENGTHS" || (inner === 1 && !present.has("MASK"));
    const share = name === "LENGTHS" ? 0.3 : isPlain ? 0 : 0.5;
    if (!role.optional || (isPossible && random() < share)) present.add(name);
    const count = countOf(role, positions);
    const values = new Float64Array(count);
    // A vector of ignored positions too: what skips it is an access of its own.
    if (name === "LABELS" && random() < 0.1) values.fill(IGNORED);
    else if (name === "LABELS") {
      values.forEach((_, i) => (values[i] = Math.floor(random() * (cols + 2)) + NO_LABEL));
    } else if (chunks !== undefined && name === "MASK") values.set(chunks.mask);
    else if (chunks !== undefined && name === "LENGTHS" && !role.written) values.set(chunks.lengths);
    else if (name === "LENGTHS") {
      values.forEach((_, i) => (values[i] = Math.floor(random() * (cols + 1))));
    } else if (name === "MASK") values.forEach((_, i) => (values[i] = random() < 0.3 ? 0 : 255));
    else if (isBinary && name === "OPERAND" && random() < 0.5) {
      // Of present and absent alone, of which a term is left out.
      values.forEach((_, i) => (values[i] = random() < 0.5 ? 0 : 1));
    } else if (isBinary && name === "WEIGHTS" && isPlain) values.fill(1);
    else if (role.of === "elements") {
      fillRows(role.element === "own" ? logits : "targets", values, kernel.type, positions, random);
    } else values.forEach((_, i) => (values[i] = numberOf(name, kernel.type, random)));
    data.set(name, values);
    if (role.of === "elements" && role.element === "own" && !role.written && !role.optional) inputs.push(name);
  }
  // Absent classes are −∞ where a kernel has both.
  if (present.has("MASK") && present.has("INDICES")) {
    const mask = data.get("MASK") as Float64Array;
    (data.get("X") as Float64Array).forEach((_, i, x) => (x[i] = mask[i] === 0 ? -Infinity : x[i]));
  }
  const lengths = lengthsOf({ kernel, present, data });
  lengths?.forEach((length, row) => {
    for (const name of ["X", "OPERAND"] as const) data.get(name)?.fill(NaN, row * cols + length, (row + 1) * cols);
    // A label is of a class that is present.
    const labels = data.get("LABELS");
    if (labels !== undefined && labels[row] >= length) labels[row] = length === 0 ? IGNORED : length - 1;
  });
  const parts = data.get("PARTS");
  if (parts !== undefined && !(kernel.name === "partial" || kernel.name === "partialF64")) {
    fillParts(parts, data.get("X") as Float64Array, kernel.type, positions, random);
  }
  const numbers = new Map<Field, number>();
  for (const parameter of kernel.parameters) {
    if (parameter.role !== "number") continue;
    const number = argumentOf(parameter, kernel, random);
    numbers.set(parameter.name, isPlain ? (PLAIN[parameter.name] ?? number) : number);
  }
  // Beside each other some positions are worked twice (groups.ts), which a result in the input's place would spoil.
  const lanes = 16 / SIZES[kernel.type];
  const mayBeInPlace = (inner === 1 || inner % lanes === 0) && !NEVER_IN_PLACE.includes(kernel.name);
  const inPlaceOf =
    mayBeInPlace && inputs.length > 0 && random() < 0.4 ? inputs[Math.floor(random() * inputs.length)] : undefined;
  return { kernel, positions, present, numbers, data, inPlaceOf };
}

/** The lengths of a case whose kernel leaves undefined what it gives of other classes; undefined where it has none. */
function lengthsOf({ kernel, present, data }: Pick<Choices, "kernel" | "present" | "data">): Float64Array | undefined {
  const isOptional = kernel.parameters.some(({ name, role }) => name === "LENGTHS" && isArray(role) && role.optional);
  return isOptional && present.has("LENGTHS") && !present.has("INDICES") ? data.get("LENGTHS") : undefined;
}

/** A mask that leaves out chunks, how many elements it leaves of each row, and a width that is enough for all. */
function chunksOf(
  { name }: Kernel,
  { rows, cols }: Positions,
  random: () => number,
): { mask: number[]; lengths: number[]; width: { width: number } } | undefined {
  if (!/^(?:countChunks|compress|expand)/.test(name)) return undefined;
  const mask: number[] = [];
  const lengths = Array.from({ length: rows }, () => {
    let length = 0;
    for (let c = 0; c < cols; c += MASK_CHUNK) {
      const size = Math.min(MASK_CHUNK, cols - c);
      const isLeftOut = size === MASK_CHUNK && random() < 0.5;
      const chunk = Array.from({ length: size }, () => (isLeftOut || random() < 0.3 ? 0 : 255));
      mask.push(...chunk);
      if (size < MASK_CHUNK || chunk.some((byte) => byte !== 0)) length += size;
    }
    return length;
  });
  const longest = Math.max(1, ...lengths);
  return { mask, lengths, width: { width: longest + Math.floor(random() * (cols - longest + 1)) } };
}

/** Of topK at least one class; sample takes all for 0. */
function selectionOf(
  { name }: Kernel,
  { cols }: Positions,
  random: () => number,
): { k?: number; of?: number; flag?: number; shift?: number } {
  if (name.startsWith("partial")) {
    return { flag: random() < 0.5 ? 0 : 1, shift: random() < 0.5 ? 0 : Math.floor(random() * (MOST_CLASSES - cols)) };
  }
  if (!/^(?:topK|sample)/.test(name)) return {};
  const isTopK = name.startsWith("topK");
  const few = random() < 0.5 ? Math.min(cols, 9) : cols;
  const k = Math.floor(random() * few);
  return isTopK ? { k: k + 1, of: Math.floor(3 * random()) } : { k: random() < 0.4 ? 0 : k + 1 };
}

/** How many bytes scratch has: what src/plan.ts reserves for it. */
export function scratchBytes({ name }: Kernel, positions: Positions, bytes: number): number {
  const { cols } = positions;
  const rows = 2 * (Math.ceil((cols * bytes) / 16) * 16 + 16);
  if (name.startsWith("binary")) return BINARY_SCRATCH_BYTES;
  if (name.startsWith("topK")) return SINGLE_GROUP_BYTES + rows + 4 * cols;
  if (name.startsWith("sample")) return SINGLE_GROUP_BYTES + BINS_BYTES + rows + 8 * cols + 16;
  return rowScratchBytes(positions, bytes);
}

const rowScratchBytes = ({ cols, inner }: Positions, bytes: number): number =>
  cols <= (bytes === 4 ? SHORT_ROW_F32 : SHORT_ROW_F64)
    ? (1 + Math.max(2, Math.min(BATCH_GROUPS, Math.floor(BATCH_VECTORS / cols)))) *
      (GROUP_BYTES + 16 * (cols + SPARE_VECTORS))
    : SINGLE_GROUP_BYTES + (inner > 1 ? 2 * 16 * (cols + SPARE_VECTORS) : cols * bytes);

/** Runs a case on both; what is wrong with it, nothing if all is well. */
export function problemsOf(pair: Pair, choices: Choices, random: () => number): string[] {
  const { checked, shipped } = pair;
  const problems: string[] = [];
  const first = layOut(checked, choices, random, 0);
  checked.reset(pair.text);
  grantAll(choices, first, (address, bytes, rights) => checked.grant(address, bytes, rights));
  checked.violations.length = 0;
  checked.exports[choices.kernel.name](first.call);
  problems.push(...checked.violations);

  const second = layOut(shipped, choices, random, 0xff);
  const expected = new Uint8Array(shipped.memory.buffer).slice(second.start, second.end);
  shipped.exports[choices.kernel.name](second.call);
  const after = new Uint8Array(shipped.memory.buffer, second.start, expected.length);
  // What may be written is as it is.
  grantAll(choices, second, (address, bytes, rights) => {
    const at = address - second.start;
    if (rights & WRITE) expected.set(after.subarray(at, at + bytes), at);
  });
  if (Buffer.compare(after, expected) !== 0) {
    const at = after.findIndex((byte, i) => byte !== expected[i]);
    problems.push(`byte ${at + second.start} changed, which is nobody's to write`);
  }
  if (!resultsOf(checked, choices, first).equals(resultsOf(shipped, choices, second))) {
    problems.push("the results depend on what lies around the arrays, or on where they lie");
  }
  const { rows, cols, inner, stride } = choices.positions;
  const about = `${choices.kernel.name} [${rows}, ${cols}, ${inner}] at stride ${stride}, in place of ${choices.inPlaceOf}`;
  return problems.map((problem) => `${about}: ${problem}`);
}

/** What test/assembly/bounds/kernels.test.ts and test/e2e/mutation draw their cases by. */
export const BOUNDS_SEED = 20261201;

/** What is wrong with a kernel, over layouts of rows and what they hold. */
export function problemsIn(pair: Pair, kernel: Kernel, seed: number): string[] {
  const random = mulberry32(seed);
  return [...layouts(kernel, "some")].flatMap((positions) =>
    problemsOf(pair, choose(kernel, positions, random), random),
  );
}

/** What a case gives on kernels, of WebAssembly or not. */
export function resultOn(subject: Subject, choices: Choices, random: () => number): Buffer {
  const laid = layOut(subject, choices, random, 0xff);
  subject.exports[choices.kernel.name](laid.call);
  return resultsOf(subject, choices, laid);
}

interface Laid {
  readonly call: number;
  readonly arrays: readonly Placed[];
  readonly scratch: number;
  readonly start: number;
  readonly end: number;
}

/** Puts the arrays of a case into memory filled with one byte. */
function layOut(subject: Subject, choices: Choices, random: () => number, poison: number): Laid {
  const { kernel, positions } = choices;
  const start = subject.exports.heapBase() as number;
  let end = start;
  const place = (bytes: number, alignment: number): number => {
    const address = Math.ceil((end + GAP) / 64) * 64 + alignment * Math.floor(random() * (OFFSETS / alignment));
    end = address + bytes;
    return address;
  };
  const arrays: Placed[] = [];
  const addresses = new Map<Field, number>();
  const call = place(CALL_BYTES, 16);
  let scratch = 0;
  for (const parameter of kernel.parameters) {
    const { name, role } = parameter;
    if (role === "scratch") scratch = place(scratchBytes(kernel, positions, SIZES[kernel.type]), 16);
    if (!isArray(role) || !choices.present.has(name)) continue;
    const element = role.element === "own" ? kernel.type : role.element;
    const takesPlace = choices.inPlaceOf !== undefined && name === "OUT";
    const given = takesPlace ? addresses.get(choices.inPlaceOf) : undefined;
    const address = given ?? place(spanOf(role, positions) * SIZES[element], SIZES[element]);
    addresses.set(name, address);
    arrays.push({ parameter, role, element, address, values: choices.data.get(name) as Float64Array });
  }
  end += GAP;
  const missing = Math.ceil((end - subject.memory.buffer.byteLength) / 65536);
  if (missing > 0) subject.memory.grow(missing);
  new Uint8Array(subject.memory.buffer, start, end - start).fill(poison);
  // A label that is read beyond the others, and not passed over, leads out of memory.
  for (const { element, address, values } of arrays) {
    if (element !== "i32") continue;
    new Uint8Array(subject.memory.buffer, address + SIZES.i32 * values.length, GAP / 2).fill(0x7f);
  }
  for (const array of [...arrays].sort((a, b) => Number(b.role.written) - Number(a.role.written))) {
    const view = viewOf(array, subject);
    for (const { at, from, to } of linesOf(array, positions)) view.set(array.values.subarray(from, to), at);
  }
  const block = new DataView(subject.memory.buffer as ArrayBuffer, call, CALL_BYTES);
  for (const parameter of kernel.parameters) {
    const { name, role } = parameter;
    const { at } = placeOf(parameter);
    if (role === "number") block.setFloat64(at, choices.numbers.get(name) as number, true);
    else if (role === "scratch") block.setUint32(at, scratch, true);
    else if (role === "first") block.setUint32(at, positions.cols - 1, true);
    else block.setUint32(at, isArray(role) ? (addresses.get(name) ?? 0) : (positions[role] as number), true);
  }
  return { call, arrays, scratch, start, end };
}

const lengthOf = ({ rows, cols, stride }: Positions): number => rows * cols * stride;

/** How many elements of memory an array takes. */
const spanOf = (role: ArrayRole, positions: Positions): number =>
  role.of === "elements" ? lengthOf(positions) : countOf(role, positions);

const VIEWS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u8: Uint8Array } as const;

const viewOf = ({ element }: Placed, { memory }: Subject) => new VIEWS[element](memory.buffer as ArrayBuffer);

/** Where an array's values lie in one piece: `from` to `to` of them at element `at` of the memory. */
function* linesOf(
  { role, element, address, values }: Placed,
  { inner, stride }: Positions,
): Generator<{ at: number; from: number; to: number }> {
  const { length } = values;
  const [size, step] = role.of === "elements" && inner < stride ? [inner, stride] : [length, length];
  let at = address / SIZES[element];
  for (let from = 0; from < length; from += size, at += step) yield { at, from, to: from + size };
}

/** What assembly/README.md, "Memory", allows a call to touch of one of its arrays. */
export function grantArray(
  kernel: Kernel,
  role: ArrayRole,
  positions: Positions,
  address: number,
  grant: (address: number, bytes: number, rights: number) => void,
): void {
  const { rows, cols, inner, stride } = positions;
  const lanes = 16 / SIZES[kernel.type];
  const bytes = SIZES[role.element === "own" ? kernel.type : role.element];
  const rights = role.written ? READ | WRITE : READ;
  // Pointwise kernels pass over all elements of a block, those between positions and their stride included.
  const isPointwise = !kernel.parameters.some(({ name }) => name === "INNER");
  if (role.of === "elements" && inner >= lanes && inner < stride && !isPointwise) {
    for (let line = 0; line < rows * cols; line++) grant(address + line * stride * bytes, inner * bytes, rights);
  } else {
    grant(address, spanOf(role, positions) * bytes, rights);
  }
  // With fewer positions beside each other than lanes, what is kept one per position is read up to a vector beyond.
  if (role.of === "positions" && !role.written && inner > 1 && inner < lanes) {
    grant(address + rows * inner * bytes, 16, READ);
  }
}

function grantAll(
  { kernel, positions }: Choices,
  { call, arrays, scratch }: Laid,
  grant: (address: number, bytes: number, rights: number) => void,
): void {
  for (const parameter of kernel.parameters) {
    const { at, bytes } = placeOf(parameter);
    grant(call + at, bytes, READ);
  }
  if (scratch !== 0) grant(scratch, scratchBytes(kernel, positions, SIZES[kernel.type]), READ | WRITE);
  for (const { role, address } of arrays) grantArray(kernel, role, positions, address, grant);
}

function resultsOf(subject: Subject, choices: Choices, { arrays }: Laid): Buffer {
  const { positions } = choices;
  const lengths = lengthsOf(choices);
  const results: Buffer[] = [];
  for (const array of arrays) {
    if (!array.role.written) continue;
    const result = new VIEWS[array.element](array.values.length);
    const view = viewOf(array, subject);
    for (const { at, from, to } of linesOf(array, positions)) result.set(view.subarray(at, at + to - from), from);
    // Smoothed targets are no result of the library's: the bits of their NaNs do not matter.
    if (array.parameter.name === "SMOOTHED_TARGETS")
      result.forEach((value, i) => (result[i] = value === value ? value : NaN));
    const each = array.role.of === "elements" ? positions.cols : 1;
    lengths?.forEach((length, row) => result.fill(0, row * each + Math.min(length, each), (row + 1) * each));
    results.push(Buffer.from(result.buffer));
  }
  return Buffer.concat(results);
}

/** Every layout that has a loop of its own: each tail of rows, one and several; and beside each other. */
export function* layouts(kernel: Kernel, extent: "some" | "all"): Generator<Positions> {
  // Kernels of rows alone have no word for how far apart classes are.
  const isOfRows = !kernel.parameters.some(({ name }) => name === "STRIDE");
  for (const positions of everyLayout(kernel.type, extent)) if (positions.inner === 1 || !isOfRows) yield positions;
  // Where the threshold begins with the maxima of parts.
  if (/^(?:topK|sample)/.test(kernel.name)) {
    for (const cols of [255, 256, 256, 256, 257, 1000, 3000]) yield { rows: 3, cols, inner: 1, stride: 1 };
  }
  // Ways that depend on how the probabilities of a long row are spread.
  if (kernel.name.startsWith("sample")) {
    for (let cols = 300; cols < 1300; cols += 77) yield { rows: 24, cols, inner: 1, stride: 1 };
    // From 512 on, a sample of the row tells where its nucleus ends.
    for (let cols = 505; cols < 520; cols++) yield { rows: 8, cols, inner: 1, stride: 1 };
    for (let cols = 4090; cols < 4110; cols++) yield { rows: 8, cols, inner: 1, stride: 1 };
  }
}

function* everyLayout(type: Kernel["type"], extent: "some" | "all"): Generator<Positions> {
  const lanes = 16 / SIZES[type];
  for (let cols = 1; cols <= 130; cols++) {
    const counts = extent === "all" ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1 + ((cols * 5) % 9), 1 + ((cols * 7 + 3) % 9)];
    for (const rows of counts) yield { rows, cols, inner: 1, stride: 1 };
  }
  const classes = extent === "all" ? 130 : 24;
  for (let cols = 1; cols <= classes; cols++) {
    for (const inner of [2, 3, 4, 5, 6, 7, 8, 9, 17]) {
      if (extent === "some" && (inner + cols) % 3 !== 0) continue;
      const rows = 1 + ((cols + 2 * inner) % 5); // and so more than a vector has lanes
      yield { rows, cols, inner, stride: Math.max(inner, lanes) };
      if (inner >= lanes) yield { rows, cols, inner, stride: inner + 3 };
    }
  }
  const short = type === "f32" ? SHORT_ROW_F32 : SHORT_ROW_F64;
  for (const cols of [short - 1, short, short + 1, SHORT_ROW_F32 + 1, 1000]) {
    yield { rows: 5, cols, inner: 1, stride: 1 };
    yield { rows: 2, cols, inner: 3, stride: Math.max(3, lanes) };
  }
  // Fewer rows than a vector has lanes, of fewer classes than that, which are computed in registers if there are no options.
  for (let n = 0; n < 12; n++) yield { rows: 1 + (n % 3), cols: 2 + (n % 2), inner: 1, stride: 1 };
  // More than a batch, whole batches and a part of one.
  for (const [rows, cols] of [
    [133, 1],
    [64, 3],
    [70, 4],
    [51, 10],
    [25, 21],
  ]) {
    yield { rows, cols, inner: 1, stride: 1 };
  }
  // More than 32 KiB, which are walked before; and the same with something else between the classes, which are not.
  yield { rows: 2, cols: 250, inner: 33, stride: 33 };
  yield { rows: 2, cols: 250, inner: 33, stride: 36 };
}
