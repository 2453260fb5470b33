// What the tests of linear layers share: both backends, problems to compute, and the products as they are defined.

import { type Engine, engineOf } from "../../src/backend/engine.js";
import { crossEntropyGrad, type FloatArray, type Instance, instantiate } from "../../src/index.js";
import * as functions from "../../src/linear/functions.js";
import type * as entry from "../../src/linear/index.js";
import type { Chunk } from "../../src/linear/sizes.js";
import { mulberry32, normals } from "../reference/random.js";

/** The engine of an instance. */
export const engineFrom = (instance: Instance): Engine => engineOf(instance.backend()) as Engine;

export type Type = Float32ArrayConstructor | Float64ArrayConstructor;
export const TYPES: readonly (readonly ["f32" | "f64", Type])[] = [
  ["f32", Float32Array],
  ["f64", Float64Array],
];

/** The functions on an engine, as the entry has them, and in chunks of a size that a test wants. */
export interface Functions {
  readonly engine: Engine;
  readonly linear: typeof entry.linear;
  readonly linearCrossEntropy: typeof entry.linearCrossEntropy;
  readonly linearCrossEntropyGrad: typeof entry.linearCrossEntropyGrad;
  readonly chunked: (chunk: Chunk | undefined) => Functions;
}

export function on(engine: Engine, chunk?: Chunk): Functions {
  const { answer, linear, linearCrossEntropy, linearCrossEntropyGrad } = functions;
  return {
    engine,
    linear: ((x: unknown, layer: unknown, options: unknown) =>
      answer(engine, linear(engine, x, layer, options), chunk)) as never,
    linearCrossEntropy: ((x: unknown, layer: unknown, targets: unknown, options: unknown) =>
      answer(engine, linearCrossEntropy(engine, x, layer, targets, options), chunk)) as never,
    linearCrossEntropyGrad: ((x: unknown, layer: unknown, targets: unknown, options: unknown) =>
      answer(engine, linearCrossEntropyGrad(engine, x, layer, targets, options), chunk)) as never,
    chunked: (size) => on(engine, size),
  };
}

/** Both backends, each on an instance of its own. */
export const BACKENDS = (["wasm", "js"] as const).map((backend) => {
  const instance = instantiate({ backend });
  return [backend, on(engineFrom(instance)), instance] as const;
});

export interface Problem<A extends FloatArray = FloatArray> {
  readonly x: A;
  readonly layer: { readonly weight: A; readonly bias: A };
  readonly labels: Int32Array;
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
}

/** A layer with rows for it, of normal numbers. */
export function problemOf(T: Type, rows: number, features: number, classes: number, seed: number): Problem {
  const random = mulberry32(seed);
  const normal = normals(random);
  const some = (length: number) => new T(length).map(normal);
  const x = some(rows * features);
  const layer = { weight: some(classes * features), bias: some(classes) };
  const labels = new Int32Array(rows).map(() => Math.floor(random() * classes));
  return { x, layer, labels, rows, features, classes };
}

/** a·b + c in a type. */
export type MultiplyAdd = (T: Type, a: number, b: number, c: number) => number;

/** With two roundings. */
export const separate: MultiplyAdd = (T, a, b, c) =>
  T === Float32Array ? Math.fround(Math.fround(a * b) + c) : a * b + c;

/** Σ_k of products, in the order of k and in the type of the result, from `start` on. */
export function sumInOrder(
  T: Type,
  depth: number,
  start: number,
  term: (k: number) => readonly [number, number],
  madd = separate,
): number {
  let sum = start;
  for (let k = 0; k < depth; k++) sum = madd(T, ...term(k), sum);
  return sum;
}

/** x·Wᵀ + b by its definition. */
export function logitsOf(
  T: Type,
  { x, layer, rows, features, classes }: Problem,
  madd: MultiplyAdd = separate,
): FloatArray {
  const { weight, bias } = layer;
  return new T(rows * classes).map((_, at) => {
    const n = Math.floor(at / classes);
    const c = at % classes;
    return sumInOrder(T, features, 0, (d) => [x[n * features + d], weight[c * features + d]], madd) + bias[c];
  });
}

/** The loss and its gradients by their definitions, from the gradient of the logits; `ignored` rows take no part. */
export function gradientsOf(
  T: Type,
  problem: Problem,
  options: object = {},
  madd: MultiplyAdd = separate,
  gradOfLogits = crossEntropyGrad,
) {
  const { x, layer, labels, rows, features, classes } = problem;
  const { weight } = layer;
  const { loss, grad } = gradOfLogits(logitsOf(T, problem, madd), labels, { shape: [rows, classes], ...options });
  const sum = (depth: number, term: (k: number) => readonly [number, number]) => sumInOrder(T, depth, 0, term, madd);
  const valid = Array.from(labels.keys()).filter((n) => labels[n] >= 0);
  return {
    loss,
    gradX: new T(rows * features).map((_, at) => {
      const n = Math.floor(at / features);
      if (labels[n] < 0) return 0;
      return sum(classes, (c) => [grad[n * classes + c], weight[c * features + (at % features)]]);
    }),
    gradWeight: new T(classes * features).map((_, at) => {
      const c = Math.floor(at / features);
      return sum(valid.length, (k) => [grad[valid[k] * classes + c], x[valid[k] * features + (at % features)]]);
    }),
    gradBias: new T(classes).map((_, c) => sum(valid.length, (k) => [grad[valid[k] * classes + c], 1])),
  };
}
