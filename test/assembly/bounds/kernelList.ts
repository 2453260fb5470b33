// The kernels, and what each reads from its call block (assembly/abi.ts): every access to another word, and to memory that no
// word names, is a mistake that this folder finds. A kernel that is not listed here fails kernels.test.ts.

import * as abi from "../../../assembly/abi.js";

export interface Kernel {
  readonly name: string;
  readonly type: "f32" | "f64";
  readonly parameters: readonly Parameter[];
}

/** A word or a number of the call block. */
export interface Parameter {
  readonly name: Field;
  readonly role: Role;
}

/** The names of abi.ts. */
export type Field = keyof typeof abi;

export type Role = ArrayRole | CountRole | "number" | "scratch";
/** `first`: a class; `flag`: 0 or 1; `shift`: how many classes come before those of x. */
type CountRole = "rows" | "cols" | "inner" | "stride" | "k" | "of" | "first" | "width" | "flag" | "shift";

/** An array of memory. */
export interface ArrayRole {
  /**
   * One value per element, a position or a class, `k` or `width` a position; the two lists of weights of a binary loss; or what partial
   * writes of each position and softmaxFrom reads.
   */
  readonly of: "elements" | "positions" | "classes" | "chosen" | "packed" | "class lists" | "parts" | "parts to read";
  /** Of the kernel's own precision, or of this one. */
  readonly element: "own" | "f64" | "i32" | "u8";
  /** Whether it is written; it may then be read too. */
  readonly written: boolean;
  /** Whether it may be 0, which stands for none. */
  readonly optional: boolean;
}

const array = (of: ArrayRole["of"], element: ArrayRole["element"], more: Partial<ArrayRole> = {}): ArrayRole => ({
  of,
  element,
  written: false,
  optional: false,
  ...more,
});

type Roles = Readonly<Partial<Record<Field, Role>>>;

const X: Roles = { X: array("elements", "own") };
const OPERAND: Roles = { OPERAND: array("elements", "own") };
const OUT: Roles = { OUT: array("elements", "own", { written: true }) };
const VALUES: Roles = { VALUES: array("positions", "own", { written: true }) };
const WEIGHTS: Roles = { WEIGHTS: array("classes", "f64", { optional: true }) };
const UPSTREAM: Roles = { UPSTREAM: array("positions", "f64", { optional: true }) };
const SCRATCH: Roles = { SCRATCH: "scratch" };
const TEMPERATURE: Roles = { TEMPERATURE: "number" };
const ELEMENTS: Roles = { ROWS: "rows", COLS: "cols", STRIDE: "stride" };
const POSITIONS: Roles = { ROWS: "rows", COLS: "cols", INNER: "inner", STRIDE: "stride" };
const SCALES: Roles = { LOSS_SCALE: "number", Z_LOSS_SCALE: "number" };
const LOSS: Roles = {
  LABELS: array("positions", "i32"),
  ...WEIGHTS,
  SMOOTHED_TARGETS: array("elements", "f64", { optional: true }),
  CONFIDENCE: "number",
  Z_LOSS: "number",
  TEMPERATURE: "number",
  ...VALUES,
};

const LENGTHS: Roles = { LENGTHS: array("positions", "i32", { optional: true }) };
const LENGTHS_OUT = array("positions", "i32", { written: true });

/** Every element has a target, a loss and a class, in turn. */
const BINARY: Roles = {
  ...X,
  ...OPERAND,
  WEIGHTS: array("class lists", "f64"),
  CLASSES: "cols",
  FIRST_CLASS: "first",
  VALUES: array("elements", "own", { written: true }),
  ...SCRATCH,
  ...ELEMENTS,
};

/** What each kernel reads of its call block. An array that takes the place of another comes after it. */
const READ_BY: Readonly<Record<string, Roles>> = {
  softmax: { ...LENGTHS, ...TEMPERATURE, ...X, ...OUT, ...SCRATCH, ...POSITIONS },
  logSoftmax: { ...LENGTHS, ...TEMPERATURE, ...X, ...OUT, ...SCRATCH, ...POSITIONS },
  logSumExp: { ...LENGTHS, ...TEMPERATURE, ...X, ...VALUES, ...SCRATCH, ...POSITIONS },
  crossEntropy: { ...LENGTHS, ...X, ...LOSS, ...SCRATCH, ...POSITIONS },
  crossEntropyGrad: { ...LENGTHS, ...X, ...LOSS, ...OUT, ...SCALES, ...UPSTREAM, ...SCRATCH, ...POSITIONS },
  crossEntropyHvp: { ...LENGTHS, ...X, ...OPERAND, ...LOSS, ...OUT, ...SCALES, ...SCRATCH, ...POSITIONS },
  softmaxBackward: { ...X, ...OPERAND, ...OUT, LOSS_SCALE: "number", TEMPERATURE: "number", ...SCRATCH, ...POSITIONS },
  logSoftmaxBackward: { ...X, ...OPERAND, ...OUT, TEMPERATURE: "number", ...SCRATCH, ...POSITIONS },
  entropy: { ...LENGTHS, ...TEMPERATURE, ...X, ...VALUES, ...SCRATCH, ...POSITIONS },
  binaryCrossEntropy: BINARY,
  binaryCrossEntropyGrad: {
    ...BINARY,
    ...OUT,
    LOSS_SCALE: "number",
    UPSTREAM: array("elements", "f64", { optional: true }),
  },
  sigmoid: { ...X, ...OUT, ...ELEMENTS },
  smoothTargets: {
    PROBABILITIES: array("elements", "own", { optional: true }),
    ...WEIGHTS,
    UNIFORMS: array("positions", "f64", { optional: true }),
    CONFIDENCE: "number",
    UNIFORM: "number",
    SMOOTHED_TARGETS: array("elements", "f64", { written: true }),
    ...SCRATCH,
    ...POSITIONS,
  },
  argmax: {
    ...LENGTHS,
    ...X,
    INDICES: array("positions", "i32", { written: true }),
    ...SCRATCH,
    ...POSITIONS,
  },
  topK: {
    MASK: array("elements", "u8", { optional: true }),
    ...LENGTHS,
    ...X,
    K: "k",
    OF: "of",
    ...TEMPERATURE,
    VALUES: array("chosen", "own", { written: true }),
    INDICES: array("chosen", "i32", { written: true }),
    ...SCRATCH,
    ...POSITIONS,
  },
  sample: {
    ...LENGTHS,
    ...X,
    K: "k",
    TOP_P: "number",
    MIN_P: "number",
    RANDOM: array("positions", "f64"),
    ...TEMPERATURE,
    ...VALUES,
    INDICES: array("positions", "i32", { written: true }),
    ...SCRATCH,
    ROWS: "rows",
    COLS: "cols",
  },
  partial: {
    ...TEMPERATURE,
    ...X,
    PARTS: array("parts", "f64", { written: true }),
    SMOOTHED_TARGETS: array("elements", "f64", { optional: true }),
    WITH_ENTROPY: "flag",
    OFFSET: "shift",
    ...SCRATCH,
    ...POSITIONS,
  },
  softmaxFrom: {
    ...TEMPERATURE,
    ...X,
    PARTS: array("parts to read", "f64"),
    ...OUT,
    ...SCRATCH,
    ...POSITIONS,
  },
  add: { ...OUT, ...X, ...ELEMENTS },
  fillAbsent: { LENGTHS: array("positions", "i32"), ...OUT, ROWS: "rows", COLS: "cols", ABSENT: "number" },
  countChunks: { MASK: array("elements", "u8"), LENGTHS: LENGTHS_OUT, ROWS: "rows", COLS: "cols" },
  compress: {
    MASK: array("elements", "u8"),
    ...X,
    WIDTH: "width",
    OUT: array("packed", "own", { written: true }),
    LENGTHS: LENGTHS_OUT,
    ROWS: "rows",
    COLS: "cols",
    ABSENT: "number",
  },
  expand: {
    MASK: array("elements", "u8"),
    LENGTHS: array("positions", "i32"),
    WIDTH: "width",
    X: array("packed", "own"),
    ...OUT,
    ROWS: "rows",
    COLS: "cols",
    ABSENT: "number",
  },
  select: { ...X, MASK: array("elements", "u8"), ...OUT, ...ELEMENTS, ABSENT: "number" },
};

export const KERNELS: readonly Kernel[] = Object.entries(READ_BY).flatMap(([name, roles]): Kernel[] => {
  const parameters = Object.entries(roles).map(([field, role]) => ({ name: field as Field, role }));
  return [
    { name, type: "f32", parameters },
    { name: `${name}F64`, type: "f64", parameters },
  ];
});

/** What the module exports besides kernels. */
export const NO_KERNELS = ["heapBase", "memory", "unreachableAbort"];

/** Where a parameter lies in a call block, in bytes from its beginning. */
export const placeOf = ({ name, role }: Parameter): { at: number; bytes: number } =>
  role === "number" ? { at: 8 * abi[name], bytes: 8 } : { at: 4 * abi[name], bytes: 4 };
