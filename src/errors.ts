import { lengthOf, tagOf } from "./typedArray.js";

/** What went wrong, stable across versions: the `code` property of every error that this library throws. */
export type ErrorCode =
  | "ERR_AXIS"
  | "ERR_BACKEND"
  | "ERR_DETACHED"
  | "ERR_DISPOSED"
  | "ERR_DTYPE"
  | "ERR_LABEL"
  | "ERR_LOCATION"
  | "ERR_OPTION"
  | "ERR_OUT"
  | "ERR_OUT_OF_MEMORY"
  | "ERR_OVERLAP"
  | "ERR_SHAPE"
  | "ERR_TERMINATED"
  | "ERR_VALUE"
  | "ERR_WORKER";

/** The wrong kind of thing. */
export function typeError(code: ErrorCode, message: string): TypeError & { code: ErrorCode } {
  return coded(new TypeError(message), code);
}

/** The right kind, the wrong size or value. */
export function rangeError(code: ErrorCode, message: string): RangeError & { code: ErrorCode } {
  return coded(new RangeError(message), code);
}

/** For a value that must be some number: a TypeError for another kind, a RangeError for another number. */
export function numberError(code: ErrorCode, value: unknown, message: string): Error & { code: ErrorCode } {
  return (typeof value === "number" ? rangeError : typeError)(code, message);
}

/** Not by assignment, which a setter or a frozen property of a prototype would swallow; nor does what describes it inherit. */
export function coded<E extends Error>(error: E, code: ErrorCode): E & { code: ErrorCode } {
  const own = { __proto__: null, value: code, enumerable: true };
  return Object.defineProperty(error, "code", own) as E & { code: ErrorCode };
}

/** So many characters, and sizes of a shape, of what a message shows. */
const MOST_SHOWN = 40;
const MOST_SIZES = 32;

const cut = (text: string): string => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);

/** A value as an error message shows it: what a person would write, never long. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "bigint") return `${cut(String(value))}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const tag = tagOf(value);
  if (tag !== undefined) return `${tag}(${lengthOf(value as ArrayBufferView)})`;
  return `an object (${cut(Object.prototype.toString.call(value).slice(8, -1))})`;
}

/** Sizes as a message shows them; one element has none. */
export const showSizes = (sizes: readonly unknown[]): string => (sizes.length === 0 ? "[]" : joined(sizes, " × "));

/** As a message names a shape. */
export const showShape = (sizes: readonly number[]): string => `[${joined(sizes, ", ")}]`;

const joined = (sizes: readonly unknown[], separator: string): string =>
  (sizes.length > MOST_SIZES ? [...sizes.slice(0, MOST_SIZES), "…"] : sizes).join(separator);
