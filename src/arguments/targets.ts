import { IGNORED } from "../../assembly/abi.js";
import { rangeError, show, showSizes, typeError } from "../errors.js";
import { type Float16, type FloatArray, floatTypeNamed } from "../floatType.js";
import { callFloats } from "../memory/callArrays.js";
import type { Memory } from "../memory/linearMemory.js";
import { ownArray, type Placed } from "../memory/placed.js";
import { bufferOf, byteOffsetOf, lengthOf, tagOf } from "../typedArray.js";
import { checkAttached, type Floats, readFloats, readLike, type Rows, viewOf } from "./arrays.js";
import { showOrLead } from "./elsewhere.js";
import { checkRows, type Layout, layoutOf, positionsOf } from "./shape.js";

/** Making a view takes as long as copying this many labels. */
const FEW_LABELS = 64;

/** Integer class indices, one per position. */
export type Labels =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[]
  | readonly bigint[];

/**
 * Class indices: one per position, or a number for a single one. Or probabilities of the classes: floats of the logits' type,
 * or plain numbers, in an array like the logits.
 */
export type Targets = number | bigint | Labels | Floats | Float16 | Rows;

/** Class indices alone: one per position, or a number for a single one. */
export type Tokens = number | bigint | Labels;

/** Targets of binary losses, one per logit: 1 for present and 0 for absent, or what lies between. */
export type BinaryTargets =
  Labels | Floats | Float16 | readonly boolean[] | readonly (readonly number[])[] | readonly (readonly boolean[])[];

/** The name of an argument that holds labels; `tokens` and `labels` can hold nothing else. */
export type LabelsName = "targets" | "tokens" | "labels";

/** The end of a message that says how to pass targets that are not labels. */
const ONE_HOT =
  "; pass probabilities, one-hot ones too, as a typed array like the logits, as rows of numbers, or with a shape";

/** That hint, if the argument may hold other targets than labels. */
const oneHot = (name: LabelsName): string => (name === "targets" ? ONE_HOT : "");

/**
 * The targets that are labels, as an array; undefined where they are probabilities: floats, rows, and as many numbers as
 * there are logits where the sizes say that there are fewer positions.
 */
export function labelsOf(
  targets: unknown,
  tag: string | undefined,
  length: number,
  sizes: readonly number[] | undefined,
  axis: unknown,
): Labels | undefined {
  if (tag !== undefined) return floatTypeNamed(tag) === undefined ? (targets as Labels) : undefined;
  if (Array.isArray(targets)) {
    if (Array.isArray(targets[0])) return undefined;
    const isOneEach = sizes !== undefined && targets.length === length;
    return isOneEach && positionsOf(layoutOf(sizes, axis)) !== length ? undefined : (targets as Labels);
  }
  if (typeof targets === "number" || typeof targets === "bigint") return [targets] as Labels;
  throw typeError("ERR_DTYPE", `targets: expected integers, or an array like the logits, got ${showOrLead(targets)}`);
}

/** Targets that can be nothing but labels, as an array. */
export function tokensOf(tokens: unknown, tag: string | undefined, name: LabelsName = "tokens"): Labels {
  const isList = tag === undefined ? Array.isArray(tokens) && !Array.isArray(tokens[0]) : !tag.startsWith("Float");
  if (isList) return tokens as Labels;
  if (typeof tokens === "number" || typeof tokens === "bigint") return [tokens] as Labels;
  throw typeError("ERR_DTYPE", `${name}: expected integers, one per position, got ${show(tokens)}`);
}

/** The number of labels. */
export function countLabels(labels: Labels, tag: string | undefined, name: LabelsName): number {
  if (tag === undefined) return labels.length;
  const count = lengthOf(labels as Int32Array);
  if (count === 0) checkAttached(name, labels as Int32Array);
  return count;
}

/** Probabilities, one per logit: of the logits' type, or plain numbers, which are converted to it. */
export function readProbabilities(
  memory: Memory,
  value: unknown,
  logits: Placed,
  sizes: readonly number[] | undefined,
): Placed {
  const { type, length } = logits;
  const read = readFloats(memory, "targets", value);
  if (read.form === null && read.type !== type) {
    throw typeError("ERR_DTYPE", `targets: expected a ${type.name}, got ${show(value)}`);
  }
  if (read.length !== length) {
    const expected = `targets: expected ${length} probabilities for ${length} logits, or integers as labels`;
    throw rangeError("ERR_SHAPE", `${expected}, got ${read.length}${ONE_HOT}`);
  }
  const { form } = read;
  if (sizes !== undefined) checkRows("targets", read, sizes[sizes.length - 1], "the logits have");
  if (read.type === type) return read;
  const converted = callFloats("targets", type, length);
  converted.set(read.array);
  return ownArray(type, converted, form);
}

/**
 * The layout of a loss: of the given sizes; or of as many positions as there are labels; or of the one row of probabilities
 * (`labels` undefined).
 */
export function lossLayout(
  length: number,
  labels: number | undefined,
  given: readonly number[] | undefined,
  axis: unknown,
  name: LabelsName,
): Layout {
  let sizes = given;
  if (sizes === undefined && labels !== undefined) {
    if (length === 0 && labels === 0) return layoutOf([0, 1], axis); // no rows, whatever the classes
    if (labels === 0 || length === 0 || length % labels !== 0) {
      const expected = "expected logits.length to be a positive multiple of ";
      throw rangeError("ERR_SHAPE", `logits: ${expected}${name}.length, got ${length} and ${labels}${oneHot(name)}`);
    }
    if (axis === undefined) return { rows: labels, cols: length / labels, inner: 1 };
    sizes = [labels, length / labels];
  }
  sizes ??= [length];
  const layout = layoutOf(sizes, axis);
  if (layout.cols === 0) {
    throw rangeError("ERR_SHAPE", `shape: expected one class or more, got ${showSizes(sizes)}`);
  }
  const positions = positionsOf(layout);
  if (labels !== undefined && labels !== positions) {
    const expected = `expected ${positions} labels, one per position of ${showSizes(sizes)}`;
    throw rangeError("ERR_SHAPE", `${name}: ${expected}, got ${labels}${oneHot(name)}`);
  }
  return layout;
}

/**
 * Reads `count` labels into labels[at …], a private copy, so that nothing can change between the check and the use; says
 * how many positions are not ignored.
 *
 * Each is an integer in [0, cols) or `ignoreIndex`: never wrapped, clamped or skipped.
 */
export function readLabels(
  labels: Int32Array,
  at: number,
  count: number,
  value: Labels,
  tag: string | undefined,
  cols: number,
  ignoreIndex: number | null,
  name: LabelsName,
): number {
  if (tag === "Int32Array") return readInt32(labels, at, count, value as Int32Array, cols, ignoreIndex, name);
  return readNumbers(labels, at, count, toNumbers(value, tag), cols, ignoreIndex, name);
}

/** At once where they are many, and then checked where they lie: half the time of one after the other. */
function readInt32(
  labels: Int32Array,
  at: number,
  count: number,
  values: Int32Array,
  cols: number,
  ignoreIndex: number | null,
  name: LabelsName,
): number {
  if (count <= FEW_LABELS) for (let i = 0; i < count; i++) labels[at + i] = values[i];
  // A view of exactly `count` labels, because another thread may make the array longer meanwhile.
  else labels.set(new Int32Array(bufferOf(values), byteOffsetOf(values), count), at);
  // A class that is not ignored takes one comparison, of an unsigned number.
  const classes = ignoreIndex !== null && ignoreIndex >= 0 && ignoreIndex < cols ? 0 : cols;
  let valid = count;
  for (let i = at; i < at + count; i++) {
    const label = labels[i];
    if (label >>> 0 < classes) continue;
    if (label === ignoreIndex) {
      labels[i] = IGNORED;
      valid--;
    } else if (label >>> 0 >= cols) throw refused(name, i - at, label, cols);
  }
  return valid;
}

/** One kind of array for the loop over them, which is fast for one kind only. */
function toNumbers(value: Labels, tag: string | undefined): ArrayLike<unknown> {
  if (tag === undefined || tag.startsWith("Big")) return value;
  return new Float64Array(value as Int32Array);
}

function readNumbers(
  labels: Int32Array,
  at: number,
  count: number,
  values: ArrayLike<unknown>,
  cols: number,
  ignoreIndex: number | null,
  name: LabelsName,
): number {
  let valid = count;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    const label = typeof value === "bigint" ? Number(value) : value;
    if (label === ignoreIndex) {
      labels[at + i] = IGNORED;
      valid--;
    } else if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < cols) {
      labels[at + i] = label as number;
    } else {
      throw refused(name, i, value, cols);
    }
  }
  return valid;
}

function refused(name: LabelsName, i: number, label: unknown, cols: number): Error {
  const several = name === "targets" ? `${ONE_HOT} of several classes` : "";
  const oneClass = cols === 1 ? `; as many labels as logits leave one class${several}` : "";
  const message = `${name}[${i}]: expected an integer in [0, ${cols}), got ${show(label)}${oneClass}`;
  const isNumber = typeof label === "number" || typeof label === "bigint";
  return isNumber ? rangeError("ERR_LABEL", message) : typeError("ERR_LABEL", message);
}

/**
 * Targets of a binary loss, one per logit: an array of the logits' type where it is, or integers, numbers or booleans, flat or
 * in rows, in a copy of that type. They are not checked to lie in [0, 1].
 */
export function readBinaryTargets(
  memory: Memory,
  value: unknown,
  x: Placed,
  sizes: readonly number[] | undefined,
): Placed {
  const view = viewOf(value);
  const tag = tagOf(view);
  const isPlain = Array.isArray(view);
  if (tag === undefined && !isPlain) {
    const expected = "expected one per logit, numbers or booleans";
    throw typeError("ERR_DTYPE", `targets: ${expected}, got ${show(value)}`);
  }
  const { type, length } = x;
  if (isPlain && Array.isArray(view[0])) return readBinaryRows(view, x, sizes);
  const count = isPlain ? view.length : lengthOf(view as Int32Array);
  if (!isPlain) checkAttached("targets", view as Int32Array);
  checkCount(count, length);
  if (floatTypeNamed(tag) !== undefined) return readLike(memory, "targets", value, x);
  const targets = callFloats("targets", type, length);
  writeBinary("targets", targets, 0, view as ArrayLike<unknown>, length);
  return ownArray(type, targets);
}

function readBinaryRows(
  rows: readonly unknown[],
  { type, length }: Placed,
  sizes: readonly number[] | undefined,
): Placed {
  const { length: count } = rows;
  const { length: first } = rows[0] as readonly unknown[];
  const cols = sizes?.at(-1) ?? first;
  if (first === cols) checkCount(count * cols, length);
  const targets = callFloats("targets", type, length);
  for (let r = 0; r < count; r++) {
    const row = rows[r];
    if (!Array.isArray(row)) {
      throw typeError("ERR_DTYPE", `targets[${r}]: expected a row, like targets[0], got ${show(row)}`);
    }
    if (row.length !== cols) {
      throw rangeError("ERR_SHAPE", `targets[${r}]: expected length ${cols}, one per class, got ${row.length}`);
    }
    writeBinary(`targets[${r}]`, targets, r * cols, row, cols);
  }
  return ownArray(type, targets);
}

function checkCount(count: number, length: number): void {
  if (count === length) return;
  const hint = "Class indices, one per row, are targets of crossEntropy";
  throw rangeError("ERR_SHAPE", `targets: expected ${length}, one per logit, got ${count}. ${hint}`);
}

function writeBinary(name: string, targets: FloatArray, at: number, values: ArrayLike<unknown>, length: number): void {
  for (let i = 0; i < length; i++) {
    const target = values[i];
    if (typeof target !== "number" && typeof target !== "boolean" && typeof target !== "bigint") {
      throw typeError("ERR_DTYPE", `${name}[${i}]: expected a number or a boolean, got ${show(target)}`);
    }
    targets[at + i] = Number(target);
  }
}
