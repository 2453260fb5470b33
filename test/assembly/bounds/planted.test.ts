// That the tests of bounds see what they are there for: errors planted in the module's text, each of which they must name.

import { describe, expect, it } from "vitest";
import { mulberry32 } from "../../reference/random.js";
import { assemble, CheckedInstance, instrument, READ, WRITE } from "./instrument.js";
import { BUILD, type Build, choose, layouts, pairOf, problemsOf } from "./kernelCase.js";
import { type Kernel, KERNELS } from "./kernelList.js";

/** Every instruction of WebAssembly with SIMD that touches memory, with the bytes that it touches. */
const LOADS: readonly (readonly [opcode: string, bytes: number])[] = [
  ...(["i32", "f32"] as const).map((type) => [`${type}.load`, 4] as const),
  ...(["i64", "f64"] as const).map((type) => [`${type}.load`, 8] as const),
  ...["_s", "_u"].flatMap((sign) => [
    [`i32.load8${sign}`, 1] as const,
    [`i32.load16${sign}`, 2] as const,
    [`i64.load8${sign}`, 1] as const,
    [`i64.load16${sign}`, 2] as const,
    [`i64.load32${sign}`, 4] as const,
    [`v128.load8x8${sign}`, 8] as const,
    [`v128.load16x4${sign}`, 8] as const,
    [`v128.load32x2${sign}`, 8] as const,
  ]),
  ["v128.load", 16],
  ...[8, 16, 32, 64].map((bits) => [`v128.load${bits}_splat`, bits / 8] as const),
  ...[32, 64].map((bits) => [`v128.load${bits}_zero`, bits / 8] as const),
];
const LANES = [8, 16, 32, 64].map((bits) => [bits, bits / 8] as const);
const STORES: readonly (readonly [opcode: string, bytes: number])[] = [
  ["i32.store", 4],
  ["i64.store", 8],
  ["f32.store", 4],
  ["f64.store", 8],
  ["v128.store", 16],
  ["i32.store8", 1],
  ["i32.store16", 2],
  ["i64.store8", 1],
  ["i64.store16", 2],
  ["i64.store32", 4],
];

/** A module of one function, of an address, that does one thing. */
function moduleOf(body: string): Build["text"] {
  return [
    "(module",
    " (memory $0 1)",
    ' (export "memory" (memory $0))',
    ' (export "run" (func $run))',
    ' (export "heapBase" (func $heapBase))',
    " (func $heapBase (result i32)",
    "  i32.const 1024",
    " )",
    " (func $run (param $0 i32)",
    ...body.split("\n"),
    " )",
    ")",
  ].join("\n");
}

const constant = (opcode: string) => {
  const [type] = opcode.split(".");
  return type === "v128" ? "v128.const i64x2 0 0" : `${type}.const 0`;
};

const CASES: readonly (readonly [name: string, body: string, bytes: number, need: number])[] = [
  ...LOADS.map(([opcode, bytes]) => {
    return [opcode, `  local.get $0\n  ${opcode} offset=32\n  drop`, bytes, READ] as const;
  }),
  ...STORES.map(([opcode, bytes]) => {
    return [opcode, `  local.get $0\n  ${constant(opcode)}\n  ${opcode} offset=32`, bytes, WRITE] as const;
  }),
  ...LANES.flatMap(([bits, bytes]) => {
    const start = "  local.get $0\n  v128.const i64x2 0 0\n";
    return [
      [`v128.load${bits}_lane`, `${start}  v128.load${bits}_lane offset=32 align=1 1\n  drop`, bytes, READ] as const,
      [`v128.store${bits}_lane`, `${start}  v128.store${bits}_lane offset=32 1`, bytes, WRITE] as const,
    ];
  }),
];

const at = "  local.get $0\n  i32.const 32\n  i32.add\n";

describe("an instruction that touches memory", () => {
  it.each([
    ...CASES,
    ["memory.fill", `${at}  i32.const 7\n  i32.const 24\n  memory.fill`, 24, WRITE] as const,
    ["memory.copy to", `${at}  i32.const 1024\n  i32.const 24\n  memory.copy`, 24, WRITE] as const,
    ["memory.copy from", `  i32.const 1024\n${at}  i32.const 24\n  memory.copy`, 24, READ] as const,
  ])("is seen with every byte of it: %s", (name, body, bytes, need) => {
    const instance = new CheckedInstance(instrument(moduleOf(body)));
    const start = 4096;
    instance.forget(65536);
    // What memory.copy has at its other end.
    if (name.startsWith("memory.copy")) instance.grant(1024, 24, READ | WRITE);
    instance.grant(start + 32, bytes, need);
    instance.exports.run(start);
    expect(instance.violations).toEqual([]);
    for (const wrong of [start - 1, start + 1]) {
      instance.violations.length = 0;
      instance.exports.run(wrong);
      expect(instance.violations.length, `${wrong - start} bytes beside it`).toBe(1);
    }
    instance.rights.fill(0, start, start + 100);
    instance.grant(start + 32, bytes, need === READ ? WRITE : READ);
    instance.violations.length = 0;
    instance.exports.run(start);
    expect(instance.violations.length, "with the other right").toBe(1);
  });

  it.each([
    ["beyond the end of memory", "  i32.const -1\n  i32.load\n  drop"],
    ["from an address above 2^31, which is unsigned", "  i32.const -65536\n  i32.load\n  drop"],
  ])("is seen %s", (_, body) => {
    const instance = new CheckedInstance(instrument(moduleOf(body)));
    expect(() => instance.exports.run(0)).toThrow(WebAssembly.RuntimeError);
    expect(instance.violations.length).toBe(1);
  });

  it.each(["i32.atomic.load", "memory.init 0", "i32.atomic.rmw.add", "(v128.load (local.get $0))", "memory.grow"])(
    "and is refused where it is unknown: %s",
    (instruction) => {
      expect(() => instrument(moduleOf(`  ${instruction}`))).toThrow(/instructions may touch memory, and 0 of them/);
    },
  );
});

/** Problems of some kernels of a build, over a few layouts: enough for one planted error. */
function problemsIn(build: Build, kernels: readonly Kernel[]): string[] {
  const pair = pairOf(build);
  const random = mulberry32(1);
  return kernels.flatMap((kernel) =>
    [...layouts(kernel, "some")]
      .filter(({ cols }) => cols < 40 || cols > 90)
      .flatMap((positions) => problemsOf(pair, choose(kernel, positions, random), random)),
  );
}

/** The build with one instruction of a kernel changed, the first of its kind in the function that is exported. */
function planted(kernel: string, opcode: string, instead: string): Build {
  const id = new RegExp(`\\(export "${kernel}" \\(func \\$(\\S+)\\)\\)`).exec(BUILD.text)?.[1];
  const place = new RegExp(`^( \\(func \\$${id} (?:.*\\n(?! \\)))*?) *${opcode}\\n`, "m");
  const text = BUILD.text.replace(place, `$1${instead}\n`);
  expect(text, `there is a ${opcode} in ${kernel}`).not.toBe(BUILD.text);
  return { text, wasm: assemble(text) };
}

const named = (...names: string[]) => KERNELS.filter(({ name }) => names.includes(name));

describe("an error planted in the kernels", () => {
  it("is none where nothing is planted", () => {
    expect(problemsIn(BUILD, named("softmax"))).toEqual([]);
  });

  it.each([
    ["a store an element further", "add", "v128.store", "v128.store offset=4"],
    ["a store an element further, of the last ones", "add", "f32.store", "f32.store offset=4"],
    ["a load a vector further", "addF64", "v128.load", "v128.load offset=16"],
    ["a read of a word of the call that the kernel is not listed for", "select", "f64.load", "f64.load offset=8"],
    ["a load of too much", "addF64", "f64.load", "v128.load\n  f64x2.extract_lane 0"],
  ])("is seen by the instrumented module: %s", (_, kernel, opcode, instead) => {
    const problems = problemsIn(planted(kernel, opcode, instead), named(kernel));
    expect(problems.join("\n")).toMatch(/bytes at \d+, of which \d+ may not be/);
  });

  it("is seen in the shipped module, by the bytes around the arrays", () => {
    const { wasm } = planted("add", "v128.store", "v128.store offset=4");
    const problems = problemsIn({ text: BUILD.text, wasm }, named("add"));
    expect(problems.some((problem) => problem.endsWith("which is nobody's to write"))).toBe(true);
  });

  it("is seen in the shipped module, by a result that depends on them", () => {
    const { wasm } = planted("add", "v128.load", "v128.load offset=4");
    const problems = problemsIn({ text: BUILD.text, wasm }, named("add"));
    expect(problems.some((problem) => problem.includes("the results depend on what lies around"))).toBe(true);
  });
});
