// The states of rows that arrive in chunks of any size. A row is always cut at the same places, however it arrives, so
// its bits do not depend on the chunks.

import { IGNORED } from "../../assembly/abi.js";
import { copyNumbers } from "../arguments/numbers.js";
import { type GivenOptions, IGNORE_INDEX, readOptions } from "../arguments/options.js";
import { countLabels, readLabels, type Tokens, tokensOf } from "../arguments/targets.js";
import { numberError, rangeError, show, typeError } from "../errors.js";
import { F32, F64, type FloatType, floatTypeNamed } from "../floatType.js";
import type { Floats, NewFloat64Array } from "../index.js";
import { partial, type PartialOptions } from "../operations/partial.js";
import { bufferOf, byteOffsetOf, isAttached, lengthOf, tagOf } from "../typedArray.js";
import { defaultEngine } from "./defaultEngine.js";
import { merge } from "./merge.js";

/** A chunk of a stream of logits: floats, numbers, which are doubles, or with the option `type` their bytes. */
export type Chunk = Float32Array | Float64Array | readonly number[] | Uint8Array;

/** Options of states of chunks. */
export interface ChunkOptions extends Pick<PartialOptions, "temperature" | "entropy" | "smoothing" | "ignoreIndex"> {
  /** C, the number of classes of a row; by default the whole stream is one row. */
  readonly classes?: number | undefined;
  /** One label per row, or a single number for one row. */
  readonly labels?: Tokens | undefined;
  /** w: one finite number ≥ 0 per class; 1 by default. Only with `classes`. */
  readonly weight?: Floats | readonly number[] | undefined;
  /** The type of the little-endian floats whose bytes a Uint8Array holds. */
  readonly type?: "float32" | "float64" | undefined;
}

const OPTIONS = ["classes", "labels", "weight", "type", "ignoreIndex", "temperature", "entropy", "smoothing"] as const;

/** Elements that are computed at once: as many whole rows as they are, or a piece of a row. */
const BLOCK = 65_536;
const MOST_LABELS = 2 ** 31 - 1;

/** Takes chunks and gives states, of whole rows and in their order. */
export class RowStates {
  private readonly classes: number;
  private readonly labels: Int32Array | null;
  private readonly weight: Float64Array | null;
  private readonly common: object;
  private type: FloatType | null;
  private bytes = new Uint8Array(0);
  private filled = 0;
  /** The row that comes next, and how many of its classes are in `merged`. */
  private row = 0;
  private seen = 0;
  private merged: NewFloat64Array | null = null;

  constructor(options: unknown) {
    const given = readOptions(options, OPTIONS);
    const { classes, type, weight, entropy, smoothing, ignoreIndex } = given.more ?? {};
    this.classes = readClasses(classes);
    this.type = readType(type);
    this.labels = readRowLabels(given);
    if (weight !== undefined && this.classes === Infinity) {
      throw rangeError("ERR_OPTION", "weight: expected the option classes with it, got undefined");
    }
    this.weight = weight === undefined ? null : copyNumbers("weight", weight, this.classes);
    this.common = { temperature: given.temperature, entropy, smoothing };
    // What is wrong with the others is said here, and not by the first chunk.
    partial(defaultEngine(), [], { ...this.common, ignoreIndex, weight: this.weight === null ? undefined : [] });
  }

  /** The states of the rows that a chunk completes; null for none yet. */
  *take(chunk: unknown): Generator<NewFloat64Array> {
    const bytes = this.bytesOf(chunk);
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(bytes.length - at, this.bytes.length - this.filled);
      this.bytes.set(bytes.subarray(at, at + count), this.filled);
      this.filled += count;
      at += count;
      const states = this.filled < this.bytes.length ? null : this.compute(this.filled);
      if (states !== null) yield states;
    }
    // Do not wait for a full block: a sender that awaits this row's states before it sends the next row would wait
    // forever.
    const whole = this.filled - (this.filled % (this.classes * (this.type as FloatType).bytes));
    if (whole > 0) yield this.compute(whole) as NewFloat64Array;
  }

  /** The state of the one row of unknown length, which ends with the chunks. Rows of known length must be whole by then. */
  *end(): Generator<NewFloat64Array> {
    const { type, filled, classes } = this;
    if (type !== null && filled % type.bytes !== 0) {
      throw rangeError(
        "ERR_SHAPE",
        `chunks: expected whole ${type.name} elements, got ${filled % type.bytes} bytes more`,
      );
    }
    const elements = type === null ? 0 : filled / type.bytes;
    if (classes !== Infinity && (this.seen + elements) % classes !== 0) {
      const [expected, got] = [`expected rows of ${classes} classes`, (this.seen + elements) % classes];
      throw rangeError("ERR_SHAPE", `chunks: ${expected}, got ${got} in the last one`);
    }
    // Whole rows have been given already.
    if (elements > 0) this.compute(filled);
    if (classes === Infinity) yield this.merged ?? partial(defaultEngine(), [], this.common);
    if (this.labels !== null && classes !== Infinity && this.row !== this.labels.length) {
      throw rangeError("ERR_SHAPE", `labels: expected ${this.row}, one per row, got ${this.labels.length}`);
    }
  }

  /** The states of the first bytes that are filled: of whole rows, or null for a piece of one that is not whole yet. */
  private compute(bytes: number): NewFloat64Array | null {
    const type = this.type as FloatType;
    const { classes, labels, seen, weight } = this;
    const elements = bytes / type.bytes;
    const x = type.viewOf(this.bytes.buffer, 0, elements);
    if (classes <= BLOCK) {
      const rows = elements / classes;
      const states = partial(defaultEngine(), x, {
        ...this.common,
        ...this.labelsOf(rows),
        weight: weight ?? undefined,
        shape: [rows, classes],
      });
      this.row += rows;
      this.bytes.copyWithin(0, bytes, this.filled);
      this.filled -= bytes;
      return states;
    }
    this.filled = 0;
    const part = weight === null ? undefined : weight.subarray(seen, seen + elements);
    const own = labels === null ? {} : this.labelsOf(1);
    const states = partial(defaultEngine(), x, {
      ...this.common,
      ...own,
      weight: part,
      offset: seen,
      shape: [1, elements],
    });
    const merged = this.merged === null ? states : merge(this.merged, states, undefined);
    this.seen += elements;
    this.merged = merged;
    if (this.seen < classes) {
      this.makeRoom(type);
      return null;
    }
    this.merged = null;
    this.seen = 0;
    this.row++;
    this.makeRoom(type);
    return merged;
  }

  /** The labels of the rows that come next, as options. */
  private labelsOf(rows: number): object {
    const { labels, row } = this;
    if (labels === null) return {};
    if (row + rows > labels.length) {
      throw rangeError("ERR_SHAPE", `labels: expected one per row, got ${labels.length} for more rows`);
    }
    return { labels: labels.subarray(row, row + rows), ignoreIndex: IGNORED };
  }

  /** The size of a block, or of the rest of the row if that is less. */
  private makeRoom(type: FloatType): void {
    const { classes, seen } = this;
    const rows = classes <= BLOCK ? Math.floor(BLOCK / classes) * classes : Math.min(BLOCK, classes - seen);
    if (this.bytes.length !== rows * type.bytes) this.bytes = new Uint8Array(rows * type.bytes);
  }

  private bytesOf(chunk: unknown): Uint8Array {
    const isBytes = tagOf(chunk) === "Uint8Array";
    const numbers = Array.isArray(chunk) ? copyNumbers("chunk", chunk, null) : (chunk as Float64Array);
    const type = isBytes ? this.type : floatTypeNamed(tagOf(numbers));
    if (type === undefined || type === null || type.kernel !== type) {
      const expected = "expected a Float32Array, a Float64Array, an array of numbers, or bytes with the option type";
      throw typeError("ERR_DTYPE", `chunk: ${expected}, got ${show(chunk)}`);
    }
    this.type ??= type;
    if (type !== this.type)
      throw typeError(
        "ERR_DTYPE",
        `chunk: expected a ${this.type.name}, as type or the first one says, got ${show(chunk)}`,
      );
    if (!isAttached(numbers)) {
      throw typeError("ERR_DETACHED", "chunk: expected an array with its memory, got one whose buffer is detached");
    }
    if (this.bytes.length === 0) this.makeRoom(type);
    return new Uint8Array(bufferOf(numbers), byteOffsetOf(numbers), lengthOf(numbers) * (isBytes ? 1 : type.bytes));
  }
}

function readClasses(value: unknown): number {
  if (value === undefined) return Infinity;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw numberError("ERR_OPTION", value, `classes: expected an integer > 0, got ${show(value)}`);
}

function readType(value: unknown): FloatType | null {
  if (value === undefined) return null;
  if (value === "float32") return F32;
  if (value === "float64") return F64;
  const message = `type: expected "float32" or "float64", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}

function readRowLabels({ more }: GivenOptions): Int32Array | null {
  if (more?.labels === undefined) return null;
  const tag = tagOf(more.labels);
  const given = tokensOf(more.labels, tag, "labels");
  const count = countLabels(given, tag, "labels");
  const labels = new Int32Array(count);
  const ignored = more.ignoreIndex === undefined ? IGNORE_INDEX : (more.ignoreIndex as number | null);
  readLabels(labels, 0, count, given, tag, MOST_LABELS, ignored, "labels");
  return labels;
}

function checkIterable(chunks: unknown): void {
  const given = (chunks ?? {}) as { readonly [name: PropertyKey]: unknown };
  if (given[Symbol.asyncIterator] !== undefined || given[Symbol.iterator] !== undefined) return;
  // Not every browser iterates over its streams.
  const piped = typeof given.pipeThrough === "function" ? "; pipe it through partialStream" : "";
  const hint = typeof given.then === "function" ? "; await it first" : piped;
  const expected = "expected an iterable, or an asynchronous one, of chunks";
  throw typeError("ERR_DTYPE", `chunks: ${expected}, got ${show(chunks)}${hint}`);
}

export async function* statesOfChunks(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  options: unknown,
): AsyncGenerator<NewFloat64Array, void, undefined> {
  const rows = new RowStates(options);
  checkIterable(chunks);
  for await (const chunk of chunks) yield* rows.take(chunk);
  yield* rows.end();
}

export function partialStream(options: unknown): TransformStream<Chunk, NewFloat64Array> {
  const rows = new RowStates(options);
  return new TransformStream({
    transform: (chunk, controller) => {
      for (const states of rows.take(chunk)) controller.enqueue(states);
    },
    flush: (controller) => {
      for (const states of rows.end()) controller.enqueue(states);
    },
  });
}
