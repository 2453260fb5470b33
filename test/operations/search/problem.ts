// What a search puts to the library: rows with labels, directions and options, as plain data.

import { F32, F64, type FloatArray } from "../../../src/floatType.js";
import type { Key } from "./bounds.js";

/** Options that all rows of a call have. */
export interface Shared {
  readonly temperature: number;
  readonly weight?: readonly number[];
  readonly labelSmoothing: number;
  readonly zLoss: number;
}

export interface Row {
  readonly x: FloatArray;
  readonly label: number;
  /** Of the classes, in place of the label. */
  readonly soft?: FloatArray;
  readonly mask?: Uint8Array;
  /** The direction of the Hessian, or the upstream gradient of the backward functions. */
  readonly v: FloatArray;
}

/** Rows of as many classes. */
export interface Problem {
  readonly key: Key;
  readonly shared: Shared;
  readonly rows: readonly Row[];
}

export const typeOf = (key: Key) => (key === "f32" ? F32 : F64);

/** A problem of one row as JSON: arrays by their bytes, so that −0 and every bit survive. */
export interface StoredProblem {
  readonly key: Key;
  readonly shared: Shared;
  readonly label: number;
  readonly x: string;
  readonly soft?: string;
  readonly mask?: string;
  readonly v?: string;
}

const encoded = (array: FloatArray | Uint8Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

function decoded(key: Key, text: string): FloatArray {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return key === "f32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

/** @param keepsV Whether the direction matters: the rows of most quantities have none. */
export function stored({ key, shared, rows: [row] }: Problem, keepsV: boolean): StoredProblem {
  return {
    key,
    shared,
    label: row.label,
    x: encoded(row.x),
    ...(row.soft && { soft: encoded(row.soft) }),
    ...(row.mask && { mask: encoded(row.mask) }),
    ...(keepsV && { v: encoded(row.v) }),
  };
}

export function restored({ key, shared, label, x, soft, mask, v }: StoredProblem): Problem {
  const logits = decoded(key, x);
  const row: Row = {
    x: logits,
    label,
    v: v === undefined ? typeOf(key).create(logits.length).fill(1) : decoded(key, v),
    ...(soft !== undefined && { soft: decoded(key, soft) }),
    ...(mask !== undefined && { mask: Uint8Array.from(Buffer.from(mask, "base64")) }),
  };
  return { key, shared, rows: [row] };
}
