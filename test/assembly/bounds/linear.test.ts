// The kernels of the module of linear layers, with every access to memory held against what their contracts name.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ADDS, PANEL_ROW, TILE_ROWS, TURNED } from "../../../assembly/linear/abi.js";
import { mulberry32 } from "../../reference/random.js";
import { CheckedInstance, instrument, READ, textOf, WRITE } from "./instrument.js";

const SEED = 22;
const MEMORY = '(import "env" "memory" (memory $mimport$0 1))';
const TEXT = textOf(readFileSync("build/linear.wasm"));

describe(`every access of every kernel of linear layers is within what its arguments name (seed ${SEED})`, () => {
  it("the module has no data of its own in the memory that it imports", () => {
    expect(TEXT.split(MEMORY)).toHaveLength(2);
    expect(TEXT).not.toMatch(/\(data /);
    // The stack pointer of its runtime, which nothing uses.
    expect(TEXT).not.toMatch(/global\.set/);
  });

  // With a memory of its own in the place of the one that it imports.
  const checked = new CheckedInstance(instrument(TEXT.replace(MEMORY, "(memory $mimport$0 16)")));
  checked.forget(checked.memory.buffer.byteLength);
  const random = mulberry32(SEED);
  const upTo = (most: number) => 1 + Math.floor(most * random());

  /** Where the next array goes: on a multiple of its elements, with bytes of nobody's before and after it. */
  let next = 0;
  const place = (bytes: number, elementBytes: number, rights: number): number => {
    const at = next + 64 + elementBytes * Math.floor(random() * (16 / elementBytes));
    next = Math.ceil((at + bytes) / 64) * 64;
    checked.grant(at, bytes, rights);
    return at;
  };
  const begin = (): void => {
    checked.reset(TEXT);
    next = 0;
  };

  describe.each([
    ["", 4],
    ["F64", 8],
  ])("%s", (suffix, bytes) => {
    const width = PANEL_ROW / bytes;
    const panelsOf = (rows: number, cols: number) => Math.ceil(cols / width) * rows * PANEL_ROW;

    it("multiply", () => {
      for (let trial = 0; trial < 1500; trial++) {
        begin();
        const [rows, cols, depth] = [upTo(10), upTo(20), trial % 50 === 0 ? 0 : upTo(9)];
        const mode = [0, ADDS, TURNED][trial % 3];
        const isTurned = (mode & TURNED) !== 0;
        // Rows of a where they lie, or columns; with a gap from each to the next.
        const isAcross = random() < 0.5;
        const pitch = ((isAcross ? rows : depth) + upTo(3) - 1) * bytes;
        const [aRow, aStep] = isAcross ? [bytes, pitch] : [pitch, bytes];
        const a = place(depth === 0 ? 0 : (rows - 1) * aRow + (depth - 1) * aStep + bytes, bytes, READ);
        const b = place(panelsOf(depth, cols), bytes, READ);
        const [lines, length] = isTurned ? [cols, rows] : [rows, cols];
        const outRow = (length + upTo(3) - 1) * bytes;
        const out = place((lines - 1) * outRow + length * bytes, bytes, READ | WRITE);
        const hasBias = isTurned || random() < 0.5;
        const bias = place((isTurned ? rows : Math.ceil(cols / width) * width) * bytes, bytes, READ);
        const edge = place(TILE_ROWS * PANEL_ROW, bytes, READ | WRITE);
        const args = [a, aRow, aStep, rows, b, cols, depth, out, outRow, hasBias ? bias : 0, mode, edge];
        checked.exports[`multiply${suffix}`](...args);
        expect(checked.violations, args.join()).toEqual([]);
      }
    });

    it.each(["pack", "packTurned"])("%s", (name) => {
      for (let trial = 0; trial < 500; trial++) {
        begin();
        const [rows, cols] = [upTo(10), upTo(20)];
        const [lines, length] = name === "pack" ? [rows, cols] : [cols, rows];
        const xRow = (length + upTo(3) - 1) * bytes;
        const x = place((lines - 1) * xRow + length * bytes, bytes, READ);
        const out = place(panelsOf(rows, cols), bytes, WRITE);
        checked.exports[name + suffix](x, xRow, rows, cols, out);
        expect(checked.violations, [name, rows, cols].join()).toEqual([]);
      }
    });

    it.each([
      ["addRows", READ | WRITE],
      ["copyColumns", WRITE],
    ])("%s", (name, rights) => {
      for (let trial = 0; trial < 500; trial++) {
        begin();
        const [rows, cols] = [upTo(6), upTo(20)];
        const xRow = (cols + upTo(3) - 1) * bytes;
        const x = place((rows - 1) * xRow + cols * bytes, bytes, READ);
        const out = place((name === "addRows" ? 1 : rows) * cols * bytes, bytes, rights);
        checked.exports[name + suffix](x, xRow, rows, cols, out);
        expect(checked.violations, [name, rows, cols].join()).toEqual([]);
      }
    });
  });

  it("and every instruction of the module that touches memory has been among them", () => {
    expect(checked.unreached()).toEqual([]);
  });
});
