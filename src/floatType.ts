import { tagOf } from "./typedArray.js";

/** The arrays that are computed on, each in its own precision. */
export type FloatArray = Float32Array | Float64Array;

/** A precision: what differs between f32 and f64 outside the kernels. */
export interface FloatType {
  readonly key: "f32" | "f64";
  readonly name: "Float32Array" | "Float64Array";
  readonly bytes: number;
  /** To the nearest number of the type. */
  readonly round: (value: number) => number;
  readonly create: (length: number) => FloatArray;
  readonly viewOf: (buffer: ArrayBufferLike, byteOffset: number, length: number) => FloatArray;
}

export const F32: FloatType = {
  key: "f32",
  name: "Float32Array",
  bytes: 4,
  round: Math.fround,
  create: (length) => new Float32Array(length),
  viewOf: (buffer, byteOffset, length) => new Float32Array(buffer, byteOffset, length),
};

export const F64: FloatType = {
  key: "f64",
  name: "Float64Array",
  bytes: 8,
  round: (value) => value,
  create: (length) => new Float64Array(length),
  viewOf: (buffer, byteOffset, length) => new Float64Array(buffer, byteOffset, length),
};

export function isFloatArray(value: unknown): value is FloatArray {
  const tag = tagOf(value);
  return tag === "Float32Array" || tag === "Float64Array";
}

/** The precision of an array. */
export function typeOf(array: FloatArray): FloatType {
  return tagOf(array) === "Float64Array" ? F64 : F32;
}
