import { rangeError } from "./errors.js";
import { tagOf } from "./typedArray.js";

/**
 * Float16Array where the engine and its types have it: nothing otherwise, so that the declarations need no newer library
 * than ES2022.
 */
export type Float16 = typeof globalThis extends { readonly Float16Array: { readonly prototype: infer F } } ? F : never;

/**
 * New arrays, whose memory is an ArrayBuffer: `Float32Array<ArrayBuffer>` from TypeScript 5.7 on, which `Blob`, `Response` and
 * `crypto.subtle` ask for, and `Float32Array` before.
 */
export type NewFloat32Array = ReturnType<typeof Float32Array.of>;
/** The same of Float64Array. */
export type NewFloat64Array = ReturnType<typeof Float64Array.of>;
/** The same of Float16Array, where the engine has it. */
export type NewFloat16Array = typeof globalThis extends {
  readonly Float16Array: { readonly of: (...items: number[]) => infer F };
}
  ? F
  : never;

/** The arrays that are computed on. */
export type FloatArray = Float32Array | Float64Array;

/** A kind of array, and what it is computed in: what differs between precisions outside the kernels. */
export interface FloatType {
  readonly key: "f16" | "f32" | "f64";
  readonly name: "Float16Array" | "Float32Array" | "Float64Array";
  readonly bytes: number;
  /** The precision of the kernels: each in its own, and f16 in f32, rounded once. */
  readonly kernel: KernelType;
  readonly create: (length: number) => FloatArray;
  readonly viewOf: (buffer: ArrayBufferLike, byteOffset: number, length: number) => FloatArray;
}

/** A precision that kernels have. */
export interface KernelType extends FloatType {
  readonly key: "f32" | "f64";
  /** Shifts an address to an index: a division costs a small call as much as two elements. */
  readonly log2Bytes: 2 | 3;
  /** To the nearest number of the type. */
  readonly round: (value: number) => number;
}

/** A type that is its own kernel's. */
function kernelType(type: Omit<KernelType, "kernel">): KernelType {
  const itself = { ...type } as { -readonly [Name in keyof KernelType]: KernelType[Name] };
  itself.kernel = itself;
  return itself;
}

export const F32 = /* @__PURE__ */ kernelType({
  key: "f32",
  name: "Float32Array",
  bytes: 4,
  log2Bytes: 2,
  round: Math.fround,
  create: (length) => new Float32Array(length),
  viewOf: (buffer, byteOffset, length) => new Float32Array(buffer, byteOffset, length),
});

export const F64 = /* @__PURE__ */ kernelType({
  key: "f64",
  name: "Float64Array",
  bytes: 8,
  log2Bytes: 3,
  round: (value) => value,
  create: (length) => new Float64Array(length),
  viewOf: (buffer, byteOffset, length) => new Float64Array(buffer, byteOffset, length),
});

type Float16Constructor = new (buffer: ArrayBufferLike | number, byteOffset?: number, length?: number) => Float32Array;

/* v8 ignore start -- @preserve: engines with Float16Array, `npm run test:relaxed` on Node 26 */
// To what follows a Float16Array is an array of numbers like every other: its elements are converted by the engine as they
// are read and written.
const float16 = (): Float16Constructor =>
  (globalThis as unknown as { readonly Float16Array: Float16Constructor }).Float16Array;

export const F16: FloatType = {
  key: "f16",
  name: "Float16Array",
  bytes: 2,
  kernel: F32,
  create: (length) => new (float16())(length),
  viewOf: (buffer, byteOffset, length) => new (float16())(buffer, byteOffset, length),
};
/* v8 ignore stop -- @preserve */

/** The type of an array of floats; undefined for every other value. */
export const floatTypeOf = (value: unknown): FloatType | undefined => floatTypeNamed(tagOf(value));

/** The type of arrays with a tag, as `tagOf` gives it. */
export function floatTypeNamed(tag: string | undefined): FloatType | undefined {
  if (tag === "Float32Array") return F32;
  if (tag === "Float64Array") return F64;
  return tag === "Float16Array" ? /* v8 ignore next -- @preserve: `npm run test:relaxed` */ F16 : undefined;
}

/** A new array of ordinary memory. */
export function newFloats(name: string, type: FloatType, length: number): FloatArray {
  try {
    return type.create(length);
  } catch {
    throw rangeError("ERR_OUT_OF_MEMORY", `${name}: expected room for ${length} elements, got none`);
  }
}
