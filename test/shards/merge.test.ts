// Merging: any split of a row, and any tree of merges, gives what the whole row does.

import { describe, expect, it } from "vitest";
import type { FloatArray } from "../../src/floatType.js";
import {
  argmaxOf,
  crossEntropyGradFrom,
  crossEntropyOf,
  entropyOf,
  logSumExpOf,
  merge,
  partial,
  softmaxFrom,
  STATE_LENGTH,
  type States,
} from "../../src/shards/index.js";
import { argmax } from "../../src/index.js";
import { bitsOf } from "../reference/backends.js";
import {
  gradientOf,
  lossOf,
  logSumExpOf as trueLogSumExp,
  logSumExpSize,
  rowOracle,
  softmaxOf,
} from "../reference/oracle/softmaxOracle.js";
import { dd } from "../reference/oracle/doubleDouble.js";
import { F32, F64, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32, normals } from "../reference/random.js";
import { CONTRACT } from "../operations/search/bounds.js";
import { apart, KINDS, rowOf, SplitErrors } from "./splits.js";
import { mergeAll, mergeTree, ordersOf, piecesOf, treesOver } from "./trees.js";

const SEED = 20261212;

/** How far two trees' results may be apart, in ulp of f64. */
const APART = 2;

describe(`merge (seed ${SEED})`, () => {
  it.each(Object.keys(KINDS))("every split into up to three pieces of 1 to 40 classes: %s", (kind) => {
    const errors = new SplitErrors();
    // Of three pieces some are empty: so there are those of two, too.
    for (let cols = 1; cols <= 40; cols++) errors.take(kind, cols, 3, [[[0, 1], 2]], SEED);
    // Σ (c + 1)(c + 2)/2 over 1 to 40 classes.
    expect(errors.loss.count).toBe((43 * 42 * 41) / 6 - 1);
    for (const name of ["loss", "logSumExp", "entropy"] as const) {
      expect(errors[name].worst, `${name}: ${errors[name].where}`).toBeLessThanOrEqual(CONTRACT[name].f64);
    }
    expect(errors.fromWhole, "apart from the whole row").toBeLessThanOrEqual(APART);
    expect(errors.wrongClasses).toBe(0);
  });

  it.each(Object.keys(KINDS))("every tree of up to five pieces, in every order: %s", (kind) => {
    let [most, trees] = [0, 0];
    for (const [cols, cuts] of [
      [2, [1]],
      [9, [2, 5]],
      [16, [1, 1, 12]],
      [33, [3, 4, 20, 32]],
    ] as const) {
      const x = rowOf(kind, cols, SEED - cols);
      let label = cols - 1;
      while (x[label] === -Infinity) label--;
      const size = logSumExpSize(rowOracle(x));
      const pieces = piecesOf(x, cuts, { labels: label, entropy: true });
      const results = [];
      for (const tree of treesOver(0, pieces.length)) {
        for (const order of ordersOf(pieces.length)) {
          const states = mergeTree(tree, pieces, order);
          results.push({ loss: crossEntropyOf(states), log: logSumExpOf(states)[0], entropy: entropyOf(states)[0] });
          expect(bitsOf(mergeTree(tree, pieces, order))).toBe(bitsOf(states));
          trees++;
        }
      }
      for (const name of ["loss", "log", "entropy"] as const) {
        const values = results.map((result) => result[name]);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        most = Math.max(most, apart(low, high, name === "log" ? size : high));
      }
    }
    expect(trees).toBe(2 + 2 * 6 + 5 * 24 + 14 * 120);
    expect(most).toBeLessThanOrEqual(APART);
  });

  it("random splits of 50,257 classes, in f32 and f64", () => {
    const random = mulberry32(SEED);
    const normal = normals(random);
    for (const [Type, format] of [
      [Float32Array, F32],
      [Float64Array, F64],
    ] as const) {
      const key = format === F32 ? "f32" : "f64";
      for (let round = 0; round < 6; round++) {
        const spread = [1, 5, 20][round % 3];
        const x = new Type(50_257).map(() => spread * normal() + [0, 1e4][round % 2]);
        const label = Math.floor(random() * x.length);
        const row = rowOracle(x);
        const cuts = Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * x.length)).sort(
          (a, b) => a - b,
        );
        const pieces = piecesOf(x, cuts, { labels: label });
        const states = mergeAll(pieces);
        const backwards = mergeAll([...pieces].reverse());
        const loss = crossEntropyOf(states);
        expect(ulpError(loss, lossOf(row, label), format)).toBeLessThanOrEqual(CONTRACT.loss[key]);
        const log = logSumExpOf(states)[0];
        expect(ulpError(log, trueLogSumExp(row), format, logSumExpSize(row))).toBeLessThanOrEqual(
          CONTRACT.logSumExp[key],
        );
        expect(apart(crossEntropyOf(backwards), loss, loss)).toBeLessThanOrEqual(APART);
        expect(argmaxOf(states)[0]).toBe(argmax(x));
      }
    }
  });

  it("twenty thousand merges lose nothing: of a chain, with maxima that rise, and of a balanced tree", () => {
    // Where each factor e^−d were rounded to f64, its error would be multiplied as often.
    for (const step of [1e-7, 1e-5, 1e-3, 0.1, 0.35]) {
      const [cols, heavy] = [20_000, 1e9];
      // The first piece is as heavy as a billion classes.
      const first = partial([0], { offset: 0 });
      first[1] = heavy - 1;
      const pieces = [
        first,
        ...Array.from({ length: cols - 1 }, (_, i) => partial([step * (i + 1)], { offset: i + 1 })),
      ];
      const chain = mergeAll(pieces);
      let level = pieces;
      while (level.length > 1) {
        level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) =>
          2 * i + 1 < level.length ? merge(level[2 * i], level[2 * i + 1]) : level[2 * i],
        );
      }
      const [a, b] = [logSumExpOf(chain)[0], logSumExpOf(level[0])[0]];
      expect(apart(a, b, a), `step ${step}`).toBeLessThanOrEqual(1);
      const others = [chain, level[0]].map((states) => states[1] + states[2]);
      expect(Math.abs(others[0] / others[1] - 1), `step ${step}`).toBeLessThan(2 ** -52);
    }
  });

  it("the empty state changes no bit, on either side", () => {
    const random = mulberry32(SEED);
    const empty = new Float64Array(STATE_LENGTH);
    for (const kind of Object.keys(KINDS)) {
      for (const more of [{}, { entropy: true, smoothing: true }, { labels: 2, temperature: 0.3 }]) {
        const states = partial(rowOf(kind, 7, Math.floor(random() * 1e6)), { ...more, offset: 5 });
        expect(bitsOf(merge(empty, states))).toBe(bitsOf(states));
        expect(bitsOf(merge(states, empty))).toBe(bitsOf(states));
        expect(bitsOf(merge(partial([], more), states))).toBe(bitsOf(states));
      }
    }
    expect(bitsOf(partial([]))).toBe(bitsOf(empty));
    expect(bitsOf(merge(empty, empty))).toBe(bitsOf(empty));
  });

  it("pieces of nothing but −∞, with NaN or +∞ decide as the whole row does", () => {
    const odd = [[-Infinity, -Infinity], [1, -Infinity], [NaN, 2], [Infinity, 1], [Infinity, NaN], [0.5], []];
    for (const a of odd) {
      for (const b of odd) {
        const x = [...a, ...b];
        if (x.length === 0) continue;
        const options = { entropy: true, smoothing: true, labels: 0 };
        const states = merge(partial(a, options), partial(b, { ...options, offset: a.length }));
        const whole = partial(x, options);
        const about = x.join();
        const near = (value: number, other: number) => expect(apart(value, other, other), about).toBeLessThanOrEqual(2);
        near(logSumExpOf(states)[0], logSumExpOf(whole)[0]);
        near(crossEntropyOf(states), crossEntropyOf(whole));
        near(crossEntropyOf(states, { labelSmoothing: 0.1 }), crossEntropyOf(whole, { labelSmoothing: 0.1 }));
        near(entropyOf(states)[0], entropyOf(whole)[0]);
        expect(argmaxOf(states)[0], about).toBe(argmax(x));
      }
    }
  });

  it.each([
    "JSON",
    "JSON of numbers",
    "JSON of a Buffer",
    "structured clone",
    "a Buffer",
    "an odd place in a Buffer",
    "a plain array",
  ])("states come back from %s as they were", (way) => {
    const options = { entropy: true, smoothing: true, labels: [1, 0, -100, 3, 0] };
    const x = [
      [1, -0, -2],
      [0, -0, -0],
      [5, 6, 7],
      [NaN, 1, 2],
      [-Infinity, -Infinity, -Infinity],
    ];
    const states = partial(x, options);
    expect([...states].every((v) => Number.isFinite(v) && !Object.is(v, -0))).toBe(true);
    const back = (): States => {
      const bytes = Buffer.from(states.buffer.slice(0));
      switch (way) {
        case "JSON":
          return JSON.parse(JSON.stringify(states)) as States;
        case "JSON of numbers":
          return JSON.parse(JSON.stringify([...states])) as States;
        case "JSON of a Buffer":
          // As Node's Buffer has it, which is another one in browsers.
          return JSON.parse(JSON.stringify({ type: "Buffer", data: [...bytes] })) as States;
        case "structured clone":
          return structuredClone(states);
        case "a Buffer":
          return bytes;
        case "a plain array":
          return Array.from(states);
        default:
          return Buffer.concat([Buffer.of(7), bytes]).subarray(1);
      }
    };
    const empty = new Float64Array(states.length);
    expect(bitsOf(merge(back(), empty))).toBe(bitsOf(states));
    expect(logSumExpOf(back())).toEqual(logSumExpOf(states));
  });

  it("writes into an array, one of its own too", () => {
    const [a, b] = [
      partial([
        [1, 2],
        [3, 4],
      ]),
      partial([[5], [0]], { offset: 2 }),
    ];
    const expected = bitsOf(merge(a, b));
    const out = new Float64Array(a.length);
    expect(merge(a, b, { out })).toBe(out);
    expect(bitsOf(out)).toBe(expected);
    const [ownA, ownB] = [a.slice(), b.slice()];
    expect(bitsOf(merge(ownA, b, { out: ownA }))).toBe(expected);
    expect(bitsOf(merge(a, ownB, { out: ownB }))).toBe(expected);
    // Where writing would spoil what is still to be read.
    const room = new Float64Array(a.length + STATE_LENGTH);
    room.set(a);
    expect(bitsOf(merge(room.subarray(0, a.length), b, { out: room.subarray(STATE_LENGTH) }))).toBe(expected);
  });
});

describe("pieces of results", () => {
  it("come from states in a plain array as from these in a Float64Array", () => {
    const x = [2, 1, 0.1];
    const states = partial(x, { labels: 0 });
    expect(softmaxFrom(x, Array.from(states))).toEqual(softmaxFrom(x, states));
    const grad = crossEntropyGradFrom(x, states, { labels: 0 });
    expect(crossEntropyGradFrom(x, Array.from(states), { labels: 0 })).toEqual(grad);
  });

  it("probabilities and gradients are within the contract of the whole, whatever the pieces", () => {
    const random = mulberry32(SEED);
    const normal = normals(random);
    const errors = {
      softmax: { f32: new UlpErrors(), f64: new UlpErrors() },
      gradient: { f32: new UlpErrors(), f64: new UlpErrors() },
    };
    for (let round = 0; round < 400; round++) {
      const isF32 = round % 2 === 0;
      const key = isF32 ? "f32" : "f64";
      const format = isF32 ? F32 : F64;
      const cols = 1 + Math.floor(random() * 200);
      const spread = [0.1, 3, 10, 40][round % 4];
      const Type = isF32 ? Float32Array : Float64Array;
      const x = new Type(cols).map(() => spread * normal() + [0, 0, 1e4][round % 3]);
      const label = Math.floor(random() * cols);
      const temperature = [1, 1, 0.5, 3][round % 4];
      const cuts = [Math.floor(random() * cols), Math.floor(random() * cols)].sort((a, b) => a - b);
      const options = { labels: label, temperature };
      const states = mergeAll(piecesOf(x, cuts, options));
      const row = rowOracle(x, temperature);
      const ends = [0, ...cuts, cols];
      for (let i = 0; i < 3; i++) {
        const piece = x.slice(ends[i], ends[i + 1]) as FloatArray;
        const p = softmaxFrom(piece, states) as FloatArray;
        const grad = crossEntropyGradFrom(piece, states, { labels: label, offset: ends[i] }) as FloatArray;
        piece.forEach((_, c) => {
          const at = ends[i] + c;
          errors.softmax[key].add(ulpError(p[c], softmaxOf(row, at), format), `round ${round}`);
          if (temperature !== 1) return;
          errors.gradient[key].add(ulpError(grad[c], gradientOf(row, label, at, dd(1)), format), `round ${round}`);
        });
      }
    }
    for (const key of ["f32", "f64"] as const) {
      const { softmax, gradient } = errors;
      console.info(
        `pieces of ${key}: softmax ${softmax[key].worst.toFixed(2)}, gradient ${gradient[key].worst.toFixed(2)} ulp`,
      );
      expect(softmax[key].worst, softmax[key].where).toBeLessThanOrEqual(CONTRACT.softmax[key]);
      expect(gradient[key].worst, gradient[key].where).toBeLessThanOrEqual(CONTRACT["gradient, label"][key]);
    }
  });
});
