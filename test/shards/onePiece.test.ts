// A piece that is all there is has the bits of the whole row, and both backends give the same states.

import { describe, expect, it } from "vitest";
import { jsEngine } from "../../src/backend/engine.js";
import { createEngine } from "../../src/backend/createEngine.js";
import { F32, F64 } from "../../src/floatType.js";
import { argmax, crossEntropy, crossEntropyGrad, entropy, logSumExp, softmax } from "../../src/index.js";
import { partial as partialOn } from "../../src/operations/partial.js";
import {
  argmaxOf,
  crossEntropyGradFrom,
  crossEntropyOf,
  entropyOf,
  logSumExpOf,
  partial,
  softmaxFrom,
} from "../../src/shards/index.js";
import { adversarialRows, adversarialRowsF64 } from "../reference/adversarialRows.js";
import { bitsOf } from "../reference/backends.js";
import {
  entropyOf as trueEntropy,
  lossOf,
  logSumExpOf as trueLogSumExp,
  logSumExpSize,
  rowOracle,
} from "../reference/oracle/softmaxOracle.js";
import { F32 as F32_FORMAT, F64 as F64_FORMAT, ulpError } from "../reference/oracle/ulp.js";
import { UlpErrors } from "../reference/oracle/ulpErrors.js";
import { mulberry32 } from "../reference/random.js";
import { CONTRACT } from "../operations/search/bounds.js";

const SEED = 20261211;
const TEMPERATURES = [1, 0.3, 7, 1e-3];

describe(`one piece (seed ${SEED})`, () => {
  it("of f64 has the bits of the row's logSumExp and crossEntropy, at any temperature", () => {
    const random = mulberry32(SEED);
    let checked = 0;
    for (const { kind, x } of adversarialRowsF64(SEED)) {
      const label = Math.floor(random() * x.length);
      for (const temperature of TEMPERATURES) {
        const states = partial(x, { labels: label, temperature });
        const about = `${kind} at ${temperature}`;
        expect(logSumExpOf(states)[0], about).toBe(logSumExp(x, { temperature }));
        expect(crossEntropyOf(states), about).toBe(crossEntropy(x, label, { temperature }));
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(1000);
  });

  it("of f32 is within what the row's own results promise, and argmax is that of the row", () => {
    const errors = { loss: new UlpErrors(), logSumExp: new UlpErrors(), entropy: new UlpErrors() };
    const random = mulberry32(SEED);
    for (const { kind, x } of adversarialRows(SEED)) {
      for (const temperature of [1, 0.3]) {
        const finite = Array.from(x.keys()).filter((c) => x[c] > -Infinity);
        const label = finite[Math.floor(random() * finite.length)];
        const row = rowOracle(x, temperature);
        const states = partial(x, { labels: label, temperature, entropy: true });
        errors.loss.add(ulpError(crossEntropyOf(states), lossOf(row, label), F32_FORMAT), kind);
        const size = logSumExpSize(row);
        errors.logSumExp.add(ulpError(logSumExpOf(states)[0], trueLogSumExp(row), F32_FORMAT, size), kind);
        errors.entropy.add(ulpError(entropyOf(states)[0], trueEntropy(row), F32_FORMAT), kind);
        expect(argmaxOf(states)[0], kind).toBe(argmax(x));
      }
    }
    for (const [name, { worst, where }] of Object.entries(errors)) {
      console.info(`one piece of f32: ${name} within ${worst.toFixed(3)} ulp (${where})`);
      expect(worst, where).toBeLessThanOrEqual(CONTRACT[name as keyof typeof errors].f32);
    }
  });

  it("gives the entropy of f64 within its contract", () => {
    const errors = new UlpErrors();
    for (const { kind, x } of adversarialRowsF64(SEED)) {
      for (const temperature of [1, 0.3]) {
        const value = entropyOf(partial(x, { temperature, entropy: true }))[0];
        errors.add(ulpError(value, trueEntropy(rowOracle(x, temperature)), F64_FORMAT), kind);
      }
    }
    expect(errors.worst, errors.where).toBeLessThanOrEqual(CONTRACT.entropy.f64);
  });

  it("has the bits of softmax and of crossEntropyGrad", () => {
    for (const rows of [
      adversarialRows(SEED, [1, 2, 3, 9, 64, 257]),
      adversarialRowsF64(SEED, [1, 2, 3, 9, 64, 257]),
    ]) {
      for (const { kind, x } of rows) {
        const states = partial(x, { labels: 0, temperature: 0.7 });
        expect(bitsOf(softmaxFrom(x, states)), kind).toBe(bitsOf(softmax(x, { temperature: 0.7 })));
        const { grad } = crossEntropyGrad(x, [0], { temperature: 0.7, zLoss: 0.1 });
        expect(bitsOf(crossEntropyGradFrom(x, states, { labels: 0, zLoss: 0.1 })), kind).toBe(bitsOf(grad));
      }
    }
  });

  it("has the same bits on both backends, of any layout, beside others and alone", () => {
    const random = mulberry32(SEED);
    const engines = [createEngine("wasm"), jsEngine("a test")];
    for (const type of [F32, F64]) {
      for (const [rows, cols, inner] of [
        [1, 1, 1],
        [9, 3, 1],
        [70, 10, 1],
        [5, 100, 1],
        [3, 257, 1],
        [2, 5, 2],
        [2, 7, 3],
        [3, 6, 9],
        [2, 1000, 1],
      ]) {
        const x = type
          .create(rows * cols * inner)
          .map(() => (random() < 0.02 ? [NaN, Infinity, -Infinity][Math.floor(3 * random())] : 30 * (random() - 0.5)));
        const labels = Int32Array.from({ length: rows * inner }, () => Math.floor(random() * (cols + 2)) - 1).map(
          (y) => (y < 0 ? -100 : y),
        );
        const weight = Float64Array.from({ length: cols }, () => random());
        const mask = Uint8Array.from(x, () => (random() < 0.9 ? 1 : 0));
        const common = { shape: [rows, cols, inner], axis: 1, offset: 1 };
        for (const more of [
          {},
          { temperature: 0.3 },
          { labels, weight },
          { entropy: true },
          { entropy: true, temperature: 3 },
          { smoothing: true, weight, temperature: 2 },
          { smoothing: true, entropy: true },
          { mask },
        ]) {
          const options = { ...common, ...more };
          const [a, b] = engines.map((engine) => bitsOf(partialOn(engine, x, options)));
          expect(b, `${type.name} ${rows} × ${cols} × ${inner} ${Object.keys(more).join()}`).toBe(a);
          if (inner !== 1 || "labels" in more || "mask" in more) continue;
          const alone = Array.from({ length: rows }, (_, r) =>
            bitsOf(partialOn(engines[0], x.slice(r * cols, (r + 1) * cols), { ...options, shape: [1, cols], axis: 1 })),
          );
          expect(alone.join("")).toBe(a);
        }
      }
    }
  });

  it("with weights, z-loss, smoothing, masks and ignored rows gives the loss of the whole", () => {
    const random = mulberry32(SEED);
    const [rows, cols] = [40, 12];
    const x = Float64Array.from({ length: rows * cols }, () => 20 * (random() - 0.5));
    const labels = Int32Array.from({ length: rows }, (_, r) => (r % 7 === 3 ? -100 : Math.floor(random() * cols)));
    const mask = Uint8Array.from(x, (_, i) => (i % cols === labels[Math.floor(i / cols)] || random() < 0.7 ? 1 : 0));
    mask.fill(0, 5 * cols, 6 * cols);
    const weight = Float64Array.from({ length: cols }, () => random());
    for (const more of [{}, { weight }, { mask }, { weight, mask }, { temperature: 0.4 }]) {
      for (const loss of [{}, { labelSmoothing: 0.1 }, { zLoss: 0.01 }, { labelSmoothing: 1, zLoss: 1e-3 }]) {
        const states = partial(x, { ...more, labels, smoothing: true });
        const all = { ...more, ...loss };
        for (const reduction of ["mean", "sum"] as const) {
          const whole = crossEntropy(x, labels, { ...all, reduction });
          const own = crossEntropyOf(states, { ...loss, reduction });
          expect(
            Math.abs(own - whole) / whole,
            JSON.stringify({ ...loss, keys: Object.keys(more), reduction }),
          ).toBeLessThan(1e-14);
        }
        const each = crossEntropyOf(states, { ...loss, reduction: "none" });
        crossEntropy(x, labels, { ...all, reduction: "none" }).forEach((value, n) => {
          expect(Math.abs(each[n] - value)).toBeLessThanOrEqual(8 * 2 ** -53 * Math.abs(value));
        });
        if (Object.keys(loss).includes("zLoss") && "weight" in more) continue;
        const { sum, weight: divisor } = crossEntropyOf(states, { ...loss, reduction: "parts" });
        expect(sum / divisor).toBe(crossEntropyOf(states, loss));
      }
    }
  });

  it("gives the entropy of the row where it was asked for", () => {
    const x = Float64Array.of(3, 1, 0.2, -5);
    expect(entropyOf(partial(x, { entropy: true }))[0]).toBeCloseTo(entropy(x), 15);
  });
});
