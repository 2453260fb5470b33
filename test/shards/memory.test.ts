// States in memory that is written, grows, or is not what it says.

import { describe, expect, it } from "vitest";
import { alloc } from "../../src/index.js";
import { crossEntropyGradFrom, logSumExpOf, merge, partial, partialOf, softmaxFrom } from "../../src/shards/index.js";

describe("memory of states", () => {
  const [rows, cols] = [4, 20];
  const shape = [rows, cols];
  const labels = [1, 2, 30, 3];
  const x = Float64Array.from({ length: rows * cols }, (_, i) => (i === 45 ? NaN : Math.sin(i)));
  const whole = merge(partial(x, { shape, labels }), partial(x, { shape, labels, offset: cols }));
  const of = {
    softmaxFrom: (states: Float64Array, out?: Float64Array) => softmaxFrom(x, states, { shape, out }),
    crossEntropyGradFrom: (states: Float64Array, out?: Float64Array) =>
      crossEntropyGradFrom(x, states, { shape, labels, labelSmoothing: 0, out }),
  };

  it.each(Object.entries(of))("that is that of out of %s is read first", (_, call) => {
    const expected = Float64Array.from(call(whole));
    for (const at of [0, 3, rows * cols]) {
      const memory = new Float64Array(rows * cols + whole.length);
      const states = memory.subarray(at, at + whole.length);
      states.set(whole);
      const out = memory.subarray(0, rows * cols);
      expect(call(states, out)).toBe(out);
      expect(out).toEqual(expected);
    }
  });

  it("may be linear memory that grows meanwhile", () => {
    // As many classes as make memory grow, in pieces that do not.
    const long = new Float64Array(2 ** 20).fill(1);
    let state = partial(long.subarray(0, 2 ** 14));
    while (state[7] < long.length) state = merge(state, state);
    state = merge(state, partial([NaN]));
    const resident = alloc(Float64Array, state.length);
    resident.view.set(state);
    const states = resident.view;
    const { buffer } = states;
    expect(softmaxFrom(long, states).every(Number.isNaN)).toBe(true);
    expect(buffer.byteLength, "memory grew").toBe(0);
    resident.free();
  });

  it("is what it is, whatever a subclass says", async () => {
    class Liar extends Float64Array {
      override get length(): number {
        return 0;
      }
      override get byteLength(): number {
        return 0;
      }
      override get byteOffset(): number {
        return 8;
      }
      override get buffer(): never {
        throw new Error("buffer");
      }
      override slice(): never {
        throw new Error("slice");
      }
    }
    const lie = () => new Liar(whole) as Float64Array;
    expect(logSumExpOf(lie())).toEqual(logSumExpOf(whole));
    const empty = new Float64Array(whole.length);
    expect(merge(lie(), empty)).toEqual(whole);
    const out = lie();
    expect(Array.from(new Float64Array(merge(empty, whole, { out })))).toEqual(Array.from(whole));
    for await (const states of partialOf([new Liar(x)])) expect(states).toEqual(partial(x));
  });
});
