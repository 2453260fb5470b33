// Arrays in linear memory among bytes that nobody may change: every function on them, against the same call on ordinary
// arrays, for each number of classes and rows and each place beside a cache line.

import { expect } from "vitest";
import { type FloatArray, type Instance, instantiate } from "../../../src/index.js";

type FloatArrayType = typeof Float32Array | typeof Float64Array;

/** A function of arrays of rows × cols that gives one as long as they are, or one value per row. */
interface Subject {
  readonly name: string;
  readonly perRow: boolean;
  readonly call: (instance: Instance, x: FloatArray, v: FloatArray, labels: Int32Array, o: object) => unknown;
}

const SUBJECTS: readonly Subject[] = [
  { name: "softmax", perRow: false, call: (i, x, _, __, o) => i.softmax(x, o) },
  { name: "logSoftmax", perRow: false, call: (i, x, _, __, o) => i.logSoftmax(x, o) },
  { name: "logSumExp", perRow: true, call: (i, x, _, __, o) => i.logSumExp(x, o) },
  {
    name: "sigmoid",
    perRow: false,
    call: (i, x, _, __, o) => i.sigmoid(x, ("out" in o ? { out: o.out } : {}) as never),
  },
  { name: "entropy", perRow: true, call: (i, x, _, __, o) => i.entropy(x, o) },
  {
    name: "binaryCrossEntropy",
    perRow: false,
    call: (i, x, v, _, o) => i.binaryCrossEntropy(x, v, { ...o, reduction: "none" } as never),
  },
  {
    name: "binaryCrossEntropyGrad",
    perRow: false,
    call: (i, x, v, _, o) => i.binaryCrossEntropyGrad(x, v, o as never).grad,
  },
  { name: "softmaxBackward", perRow: false, call: (i, x, v, _, o) => i.softmaxBackward(x, v, o) },
  { name: "logSoftmaxBackward", perRow: false, call: (i, x, v, _, o) => i.logSoftmaxBackward(x, v, o) },
  {
    name: "crossEntropy",
    perRow: true,
    call: (i, x, _, y, o) => i.crossEntropy(x, y, { ...o, reduction: "none", labelSmoothing: 0.1 } as never),
  },
  { name: "crossEntropyGrad", perRow: false, call: (i, x, _, y, o) => i.crossEntropyGrad(x, y, o as never).grad },
  {
    name: "crossEntropyGrad of soft targets",
    perRow: false,
    call: (i, x, v, _, o) => i.crossEntropyGrad(x, v, o as never).grad,
  },
  { name: "crossEntropyHvp", perRow: false, call: (i, x, v, y, o) => i.crossEntropyHvp(x, y, v, o as never) },
];

const POISON = 0xff;
const GUARD = 128;

/**
 * Calls every function on rows × cols; all `bytes` beside a multiple of 64. With classes alone: the losses refuse a row
 * without any.
 */
export function expectCanariesAlive(
  Type: FloatArrayType,
  rows: number,
  cols: number,
  bytes: number,
  random: () => number,
): void {
  const [instance, arena] = Type === Float32Array ? RESIDENT.f32 : RESIDENT.f64;
  const length = rows * cols;
  const each = Math.ceil((length * Type.BYTES_PER_ELEMENT + 64) / 64) * 64 + GUARD;
  const memory = arena.view;
  const all = new Uint8Array(memory.buffer, memory.byteOffset, 3 * each + GUARD);
  const place = (n: number, count: number) =>
    new Type(memory.buffer, memory.byteOffset + n * each + GUARD + bytes, count);
  const values = () => new Type(length).map(() => 20 * (random() - 0.5));
  const [x, v] = [values(), values()];
  const labels = new Int32Array(rows).map(() => Math.floor(random() * cols));
  const shape = [rows, cols];
  for (const { name, perRow, call } of SUBJECTS) {
    if (cols === 0 && name.startsWith("crossEntropy")) continue;
    all.fill(POISON);
    place(0, length).set(x);
    place(1, length).set(v);
    const out = place(2, perRow ? rows : length);
    const before = Buffer.from(all);
    const result = call(instance, place(0, length), place(1, length), labels, { shape, out });
    const about = () => `${name} of ${Type.name}, ${rows} × ${cols}, ${bytes} bytes beside`;
    if (result !== out) expect.fail(`${about()}: the result is not out`);
    const written = Buffer.from(out.slice().buffer);
    before.set(written, out.byteOffset - all.byteOffset);
    if (Buffer.compare(before, all) !== 0) expect.fail(`${about()}: a byte changed that is not of the result`);
    const expected = call(ORDINARY, x, v, labels, { shape }) as FloatArray;
    if (!written.equals(Buffer.from(expected.buffer))) expect.fail(`${about()}: other bits than of ordinary arrays`);
  }
}

const ORDINARY = instantiate({ backend: "wasm" });
const ARENA_BYTES = 3 * (9 * 130 * 8 + 256 + GUARD) + GUARD;
const [f32, f64] = [instantiate({ backend: "wasm" }), instantiate({ backend: "wasm" })];
const RESIDENT = {
  f32: [f32, f32.alloc(Float32Array, ARENA_BYTES / 4)],
  f64: [f64, f64.alloc(Float64Array, ARENA_BYTES / 8)],
} as const;
