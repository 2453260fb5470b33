import { numberError, rangeError, show, typeError } from "../errors.js";
import { borrow, type Borrowed, isOwnArray } from "../memory/wasmArray.js";

/** What most calls give, if anything. A literal, which V8 copies as a whole, and sets the fields of a class one by one. */
const nothing = () => ({
  shape: undefined as unknown,
  out: undefined as unknown,
  reduction: undefined as unknown,
  temperature: undefined as unknown,
  more: null as MoreOptions | null,
});

/** The other options. */
const nothingMore = () => ({
  axis: undefined as unknown,
  mask: undefined as unknown,
  lengths: undefined as unknown,
  weight: undefined as unknown,
  posWeight: undefined as unknown,
  ignoreIndex: undefined as unknown,
  labelSmoothing: undefined as unknown,
  zLoss: undefined as unknown,
  upstream: undefined as unknown,
  accumulate: undefined as unknown,
  k: undefined as unknown,
  of: undefined as unknown,
  topK: undefined as unknown,
  topP: undefined as unknown,
  minP: undefined as unknown,
  random: undefined as unknown,
  gradX: undefined as unknown,
  labels: undefined as unknown,
  offset: undefined as unknown,
  entropy: undefined as unknown,
  smoothing: undefined as unknown,
  classes: undefined as unknown,
  type: undefined as unknown,
  backend: undefined as unknown,
});

export type MoreOptions = ReturnType<typeof nothingMore>;

/**
 * What a caller gave. Each property is read once, own ones only; absent and undefined are the same. The sizes of a shape
 * are read with it, so that no code of the caller, which might transfer an array, runs between an array's check and use.
 */
export type GivenOptions = Readonly<ReturnType<typeof nothing>>;
export type OptionName = Exclude<keyof GivenOptions, "more"> | keyof MoreOptions;

const NONE: GivenOptions = /* @__PURE__ */ nothing();

/**
 * Reads an options object. Refuses other values, names that the function does not know, and null except for `ignoreIndex`.
 *
 * Plain arrays are copied, and borrowed ones asked for their elements, because both may run code of the caller.
 */
export function readOptions(options: unknown, known: readonly OptionName[]): GivenOptions {
  if (options === undefined) return NONE;
  checkIsPlain(options, known);
  const given = nothing();
  for (const name in options) {
    if (!Object.prototype.hasOwnProperty.call(options, name)) continue;
    const value = (options as Record<string, unknown>)[name];
    if (!knows(known, name)) {
      const expected = known.length === 0 ? "none" : `only ${known.join(", ")}`;
      throw typeError("ERR_OPTION", `options: expected ${expected}, got ${show(name)}${hereFor(name)}`);
    }
    if (value === null && name !== "ignoreIndex") {
      throw typeError("ERR_OPTION", `${name}: expected a value or undefined, got null`);
    }
    // The commonest by their names: to store a property that is not known before costs as much as three elements.
    if (name === "out") given.out = borrowed(value) ?? value;
    else if (name === "shape") given.shape = copied(value);
    else if (name === "reduction") given.reduction = value;
    else if (name === "temperature") given.temperature = value;
    else {
      given.more ??= nothingMore();
      given.more[name as keyof MoreOptions] = name === "mask" ? copiedRows(value) : copied(value);
    }
  }
  return given;
}

/**
 * Refuses all but plain objects of any realm: those without a prototype, or whose prototype has none. So a Map, a Date, a
 * Promise or an instance of a class is not taken for an object without options.
 */
export function checkIsPlain(
  options: unknown,
  known: readonly string[] = [],
  name = "options",
): asserts options is object {
  if (typeof options === "object" && options !== null) {
    const prototype: unknown = Object.getPrototypeOf(options);
    // This realm's first: to ask for the prototype's own costs as much as ten elements.
    if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) return;
  }
  const meant = typeof options === "number" ? meantBy(options).find((name) => known.includes(name)) : undefined;
  const instead = meant === undefined ? "" : `; write { ${meant}: ${show(options)} }`;
  throw typeError("ERR_OPTION", `${name}: expected a plain object, got ${show(options)}${instead}`);
}

/** The options that other libraries take as a bare number, the likeliest first. */
function meantBy(value: number): readonly string[] {
  if (Number.isInteger(value)) return ["k", "axis", "threads"];
  return Number.isFinite(value) ? ["temperature"] : [];
}

/** A copy of a plain array, the elements of a borrowed one; every other value as it is. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value as readonly unknown[]);
  return borrowed(value)?.view ?? value;
}

/** The same of an array whose elements may be rows. */
function copiedRows(value: unknown): unknown {
  const own = copied(value);
  return Array.isArray(own) && Array.isArray(own[0]) ? own.map(copied) : own;
}

/** An array that is borrowed. Those of this copy of the library are asked for their elements as late as they can be. */
export function borrowed(value: unknown): Borrowed | undefined {
  if (ArrayBuffer.isView(value) || typeof value !== "object" || value === null || isOwnArray(value)) return undefined;
  return borrow(value);
}

/** The names that other libraries have for what is here, and for what is not. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  dim: "axis",
  dims: "shape",
  size: "shape",
  ignore_index: "ignoreIndex",
  label_smoothing: "labelSmoothing",
  tau: "temperature",
  weights: "weight",
  pos_weight: "posWeight",
  attention_mask: "mask",
};
const ABSENT: Readonly<Record<string, string>> = {
  dtype: "the result has the type of the input, which Float32Array.from and Float64Array.from convert",
  top_k: "what cuts a distribution is an option of sample, topK",
  top_p: "what cuts a distribution is an option of sample, topP",
  keepdims: "results are flat, and their shape is that of the input without the axis",
  keepdim: "results are flat, and their shape is that of the input without the axis",
  fromLogits: "the input is always logits",
  from_logits: "the input is always logits",
};

/** What to write here instead of an unknown option. */
function hereFor(name: string): string {
  const own = (names: Readonly<Record<string, string>>) =>
    Object.prototype.hasOwnProperty.call(names, name) ? names[name] : undefined;
  const here = own(ELSEWHERE);
  if (here !== undefined) return `, which is ${here} here`;
  const absent = own(ABSENT);
  return absent === undefined ? "" : `: ${absent}`;
}

/** `includes`, from the end, where the commonest are, and without its call. */
function knows(known: readonly string[], name: string): boolean {
  for (let i = known.length - 1; i >= 0; i--) if (known[i] === name) return true;
  return false;
}

/** τ; 1 where none is given. */
export function readTemperature(value: unknown): number {
  if (value === undefined) return 1;
  if (typeof value !== "number") throw typeError("ERR_OPTION", `temperature: expected a number, got ${show(value)}`);
  if (value > 0 && value < Infinity) return value;
  const limit = value === 0 ? "; its limit is the class that argmax gives" : "";
  throw rangeError("ERR_OPTION", `temperature: expected a finite number > 0, got ${show(value)}${limit}`);
}

/** What becomes of the losses of the positions. */
export type Reduction = "mean" | "sum" | "none";

export function readReduction(value: unknown): Reduction {
  if (value === undefined) return "mean";
  if (value === "mean" || value === "sum" || value === "none") return value;
  const message = `reduction: expected "mean", "sum" or "none", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}

/** The same of crossEntropy, which gives the sum and the number that a mean divides it by too, for sums over machines. */
export type ReductionOrParts = Reduction | "parts";

export function readReductionOrParts(value: unknown): ReductionOrParts {
  if (value === undefined) return "mean";
  if (value === "mean" || value === "sum" || value === "none" || value === "parts") return value;
  const message = `reduction: expected "mean", "sum", "none" or "parts", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}

/** The label that marks an ignored position where no other is given: PyTorch's. */
export const IGNORE_INDEX = -100;

/** The label that marks an ignored position; null for none. */
export function readIgnoreIndex(value: unknown): number | null {
  if (value === undefined) return IGNORE_INDEX;
  if (value === null) return null;
  const index = typeof value === "bigint" ? Number(value) : value;
  if (typeof index === "number" && Number.isSafeInteger(index)) return index;
  throw numberError("ERR_OPTION", index, `ignoreIndex: expected a safe integer or null, got ${show(value)}`);
}

/** ε: how much of a target is replaced by the uniform distribution. */
export function readLabelSmoothing(value: unknown): number {
  return readNumber("labelSmoothing", value, 0, "a number in [0, 1]", (number) => number >= 0 && number <= 1);
}

/** λ: how much of the square of log Σ e^x is added to a loss. */
export function readZLoss(value: unknown): number {
  return readNumber("zLoss", value, 0, "a finite number ≥ 0", (number) => number >= 0 && number < Infinity);
}

/** Why parts cannot have both: two sums would have to be divided by two numbers. */
export const zLossBesideWeights = (zLoss: unknown): Error => {
  const expected = 'expected none with class weights and reduction "parts", which has one sum';
  return rangeError("ERR_OPTION", `zLoss: ${expected}, got ${show(zLoss)}`);
};

export const readAccumulate = (value: unknown): boolean => readFlag("accumulate", value);

/** An option that is false where it is not given. */
export function readFlag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  throw typeError("ERR_OPTION", `${name}: expected true or false, got ${show(value)}`);
}

/** A number; `absent` where none is given. */
export function readNumber(
  name: string,
  value: unknown,
  absent: number,
  expected: string,
  isGood: (value: number) => boolean,
): number {
  if (value === undefined) return absent;
  if (typeof value === "number" && isGood(value)) return value;
  throw numberError("ERR_OPTION", value, `${name}: expected ${expected}, got ${show(value)}`);
}

/** Which backend is asked for: `InstantiateOptions`. */
export type BackendChoice = "auto" | "wasm" | "js";

export function readBackend(value: unknown): BackendChoice {
  if (value === undefined) return "auto";
  if (value === "auto" || value === "wasm" || value === "js") return value;
  const message = `backend: expected "auto", "wasm" or "js", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}
