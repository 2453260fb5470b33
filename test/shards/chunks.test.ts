// Rows that arrive in chunks: the same bits whatever the chunks.

import { describe, expect, it } from "vitest";
import {
  type Chunk,
  type ChunkOptions,
  crossEntropyOf,
  partial,
  partialOf,
  partialStream,
  STATE_LENGTH,
} from "../../src/shards/index.js";
import { crossEntropy } from "../../src/index.js";
import { bitsOf } from "../reference/backends.js";
import { mulberry32 } from "../reference/random.js";
import { mergeAll, piecesOf } from "./trees.js";

const SEED = 20261213;

async function allOf(chunks: Iterable<Chunk>, options?: ChunkOptions): Promise<string> {
  let bits = "";
  for await (const states of partialOf(chunks, options)) bits += bitsOf(states);
  return bits;
}

/** Chunks of any size, empty ones too. */
function* cut<T extends Float32Array | Float64Array | Uint8Array>(
  x: T,
  random: () => number,
  most: number,
): Generator<T> {
  for (let at = 0; at < x.length;) {
    const count = Math.floor(random() * most);
    yield x.subarray(at, at + count) as T;
    at += count;
  }
}

describe(`states of chunks (seed ${SEED})`, () => {
  it.each([1, 3, 17, 4096, 70_000])("rows of %i classes have the bits of rows alone", async (classes) => {
    const random = mulberry32(SEED);
    const rows = Math.min(Math.ceil(200_000 / classes), 20_000);
    const x = Float32Array.from({ length: rows * classes }, () => 20 * (random() - 0.5));
    const labels = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
    labels[0] = -100;
    const expected = Array.from({ length: rows }, (_, r) => {
      const row = x.slice(r * classes, (r + 1) * classes);
      const cuts = Array.from({ length: Math.ceil(classes / 65_536) - 1 }, (_, i) => 65_536 * (i + 1));
      return bitsOf(mergeAll(piecesOf(row, cuts, { labels: [labels[r]] })));
    }).join("");
    const options = { classes, labels };
    expect(await allOf([x], options)).toBe(expected);
    expect(await allOf(cut(x, random, 5000), options)).toBe(expected);
    expect(await allOf(cut(new Uint8Array(x.buffer), random, 30_000), { ...options, type: "float32" })).toBe(expected);
    if (classes > 100) return;
    expect(await allOf(cut(x, random, 9), options)).toBe(expected);
  });

  it("one row of any length, through a TransformStream", async () => {
    const random = mulberry32(SEED);
    const x = Float64Array.from({ length: 150_000 }, () => 20 * (random() - 0.5));
    const label = 140_000;
    const chunks = [...cut(x, random, 10_000)];
    const states: Float64Array[] = [];
    const source = new ReadableStream<Chunk>({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const reader = source.pipeThrough(partialStream({ labels: label })).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) states.push(read.value);
    expect(states.length).toBe(1);
    expect(bitsOf(states[0])).toBe(bitsOf(mergeAll(piecesOf(x, [65_536, 131_072], { labels: label }))));
    expect(Math.abs(crossEntropyOf(states[0]) - crossEntropy(x, label))).toBeLessThan(1e-14);
  });

  it("with weights, smoothing and a temperature, numbers and asynchronous chunks", async () => {
    const random = mulberry32(SEED);
    const classes = 100_000;
    const x = Float64Array.from({ length: 2 * classes }, () => 20 * (random() - 0.5));
    const weight = Float64Array.from({ length: classes }, () => random());
    const labels = [5, 99_999];
    const options = { temperature: 2, entropy: true, smoothing: true };
    const rows = [x.slice(0, classes), x.slice(classes)].map((row, r) =>
      bitsOf(
        mergeAll(
          [0, 65_536].map((offset) =>
            partial(row.slice(offset, offset === 0 ? 65_536 : classes), {
              ...options,
              labels: [labels[r]],
              offset,
              weight: weight.slice(offset, offset === 0 ? 65_536 : classes),
            }),
          ),
        ),
      ),
    );
    async function* later(): AsyncGenerator<Chunk> {
      for (let at = 0; at < x.length; at += 30_000) {
        await Promise.resolve();
        yield [...x.subarray(at, at + 30_000)];
      }
    }
    let bits = "";
    for await (const states of partialOf(later(), { ...options, classes, labels, weight })) bits += bitsOf(states);
    expect(bits).toBe(rows.join(""));
  });

  it("a row that is whole is given before the next chunk is asked for", async () => {
    const seen: string[] = [];
    function* source(): Generator<Chunk> {
      for (const [i, chunk] of [[1, 2], [3, 4, 5, 6, 7], [8], [9]].entries()) {
        seen.push(`chunk ${i}`);
        yield chunk;
      }
    }
    for await (const states of partialOf(source(), { classes: 3, labels: [0, 1, 2], smoothing: true })) {
      seen.push(...Array.from({ length: states.length / STATE_LENGTH }, () => "row"));
    }
    expect(seen.join()).toBe("chunk 0,chunk 1,row,row,chunk 2,chunk 3,row");
  });

  it("a writer of a TransformStream may wait for the states of its row", async () => {
    const { readable, writable } = partialStream({ classes: 2 });
    const [reader, writer] = [readable.getReader(), writable.getWriter()];
    for (const row of [
      [1, 2],
      [3, 5],
    ]) {
      const written = writer.write(row);
      const { value } = await reader.read();
      expect(bitsOf(value as Float64Array)).toBe(bitsOf(partial(row)));
      await written;
    }
    await Promise.all([writer.close(), reader.read()]);
  });

  it("nothing is one row without classes, or no row", async () => {
    expect(await allOf([])).toBe(bitsOf(partial([])));
    expect(await allOf([], { classes: 4 })).toBe("");
    expect(await allOf([[1, 2], []])).toBe(bitsOf(partial([1, 2])));
  });

  const refused: readonly (readonly [string, ChunkOptions | object | undefined, readonly unknown[], string])[] = [
    [
      "a row that is not whole",
      { classes: 3 },
      [[1, 2, 3, 4]],
      "chunks: expected rows of 3 classes, got 1 in the last one",
    ],
    [
      "half an element",
      { type: "float32" },
      [Uint8Array.of(1, 2, 3)],
      "chunks: expected whole Float32Array elements, got 3 bytes more",
    ],
    ["too few labels", { classes: 1, labels: [0] }, [[1, 2]], "labels: expected one per row, got 1 for more rows"],
    ["too many labels", { classes: 1, labels: [0, 0, 0] }, [[1, 2]], "labels: expected 2, one per row, got 3"],
    [
      "chunks of two kinds",
      {},
      [Float32Array.of(1), Float64Array.of(1)],
      "chunk: expected a Float32Array, as type or the first one says, got Float64Array(1)",
    ],
    [
      "bytes of unknown type",
      {},
      [Uint8Array.of(1)],
      "chunk: expected a Float32Array, a Float64Array, an array of numbers, or bytes with the option type, got Uint8Array(1)",
    ],
    [
      "what is no array",
      {},
      ["1,2"],
      'chunk: expected a Float32Array, a Float64Array, an array of numbers, or bytes with the option type, got "1,2"',
    ],
    ["no classes", { classes: 0 }, [], "classes: expected an integer > 0, got 0"],
    ["classes that are no number", { classes: "3" }, [], 'classes: expected an integer > 0, got "3"'],
    ["another type", { type: "float16" }, [], 'type: expected "float32" or "float64", got "float16"'],
    ["a type that is no name", { type: 32 }, [], 'type: expected "float32" or "float64", got 32'],
    ["weights of nobody knows what", { weight: [1] }, [], "weight: expected the option classes with it, got undefined"],
    ["too few weights", { classes: 2, weight: [1] }, [], "weight: expected 2 numbers, got 1"],
    [
      "a wrong temperature, before any chunk",
      { temperature: 0 },
      [],
      "temperature: expected a finite number > 0, got 0; its limit is the class that argmax gives",
    ],
    [
      "a label that is none",
      { classes: 2, labels: [-1] },
      [],
      "labels[0]: expected an integer in [0, 2147483647), got -1",
    ],
    [
      "an unknown option",
      { axis: 0 },
      [],
      'options: expected only classes, labels, weight, type, ignoreIndex, temperature, entropy, smoothing, got "axis"',
    ],
  ];
  it.each(refused)("refuses %s", async (_, options, chunks, message) => {
    await expect(allOf(chunks as Chunk[], options as ChunkOptions)).rejects.toThrow(message);
  });

  it.each([
    [undefined, "got undefined"],
    [3, "got 3"],
    [{}, "got an object (Object)"],
    [Promise.resolve([[1]]), "got an object (Promise); await it first"],
    [{ pipeThrough: () => null }, "got an object (Object); pipe it through partialStream"],
  ])("refuses chunks that are no list of any kind: %s", async (chunks, got) => {
    const refusal = partialOf(chunks as never).next();
    await expect(refusal).rejects.toThrow(`chunks: expected an iterable, or an asynchronous one, of chunks, ${got}`);
    await expect(refusal).rejects.toMatchObject({ name: "TypeError", code: "ERR_DTYPE" });
  });

  it("refuses a chunk that has lost its memory", async () => {
    const chunk = Float32Array.of(1, 2);
    structuredClone(chunk, { transfer: [chunk.buffer] });
    await expect(allOf([chunk])).rejects.toThrow("chunk: expected an array with its memory");
  });
});
