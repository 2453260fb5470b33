// Chunks of any size, of arrays here and in linear memory, against the products as they are defined: some of them in
// `npm test`, every combination in the slow suite.

import { expect } from "vitest";
import type { FloatArray } from "../../src/index.js";
import { bitsOf } from "../reference/backends.js";
import { BACKENDS, gradientsOf, logitsOf, problemOf, type Type } from "./layers.js";

const SEED = 20;

export interface All {
  readonly loss: unknown;
  readonly gradX: FloatArray;
  readonly gradWeight: FloatArray;
  readonly gradBias: FloatArray;
}

export const bitsOfAll = ({ loss, gradX, gradWeight, gradBias }: All): string[] => [
  bitsOf(loss instanceof Float32Array || loss instanceof Float64Array ? loss : Float64Array.of(loss as number)),
  bitsOf(gradX),
  bitsOf(gradWeight),
  bitsOf(gradBias),
];

/** Rows, features and classes. */
export const CHUNKED = [
  [64, 40, 30],
  [67, 33, 131],
  [130, 9, 10],
  [3, 300, 700],
] as const;

/** Each size of a chunk, in each place or in one of them by turns. */
export function expectBitsOfChunks(
  T: Type,
  rows: number,
  features: number,
  classes: number,
  places: "each" | "by turns",
): void {
  const problem = problemOf(T, rows, features, classes, SEED);
  const { x, layer, labels } = problem;
  labels[1] = -100;
  const expected = [bitsOf(logitsOf(T, problem)), ...bitsOfAll(gradientsOf(T, problem))];
  let turn = 0;
  for (const [backend, functions, instance] of BACKENDS) {
    for (const chunkRows of [1, 7, 64, rows]) {
      turn++;
      for (const chunkClasses of [1, 8, 33, classes]) {
        turn++;
        const chunk = { rows: chunkRows, classes: chunkClasses };
        for (const isResident of places === "each" ? [false, true] : [turn % 2 === 0]) {
          const place = (array: FloatArray) => {
            if (!isResident) return array.slice();
            const resident = instance.alloc(T as Float32ArrayConstructor, array.length);
            resident.view.set(array);
            return resident;
          };
          const resident = { x: place(x), weight: place(layer.weight), bias: place(layer.bias) };
          const out = { x: place(x), weight: place(layer.weight), bias: place(layer.bias) };
          const logits = place(new T(rows * classes));
          const into = { weight: resident.weight, bias: resident.bias };
          functions.chunked(chunk).linear(resident.x, into, { out: logits });
          const { loss } = functions.chunked(chunk).linearCrossEntropyGrad(resident.x, into, labels, { out }) as All;
          const view = (array: typeof logits): FloatArray => ("view" in array ? array.view : array);
          const got = [
            bitsOf(view(logits)),
            ...bitsOfAll({ loss, gradX: view(out.x), gradWeight: view(out.weight), gradBias: view(out.bias) }),
          ];
          expect(got, `${backend} ${chunkRows} ${chunkClasses} ${isResident}`).toEqual(expected);
          for (const array of [...Object.values(resident), ...Object.values(out), logits]) {
            if ("free" in array) array.free();
          }
        }
      }
    }
  }
}
