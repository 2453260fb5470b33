// The source of the entry ./relaxed: which of its two builds it takes. And which of theirs linear layers take with it.

import { afterEach, describe, expect, it, vi } from "vitest";
import linearText from "../../build/linear.js";
import linearRelaxedText from "../../build/linearRelaxed.js";
import relaxedText from "../../build/relaxed.js";
import plainText from "../../build/simd.js";
import { fromHex, patched } from "../../src/backend/bytes.js";
import { type Backend, compiledEngine } from "../../src/backend/engine.js";
import type * as Source from "../../src/backend/source/relaxed.js";
import { F32 } from "../../src/floatType.js";

const plain = fromHex(plainText);
const relaxed = patched(plain, fromHex(relaxedText));
const NO_RELAXED = { kind: "wasm", variant: "simd", reason: "this engine has no relaxed SIMD" };

/** The source as it is before its first call: it keeps what it has compiled. */
async function newSource(): Promise<typeof Source> {
  vi.resetModules();
  return import("../../src/backend/source/relaxed.js");
}

/** Of what bytes modules are compiled from here on. */
function compiled(): unknown[] {
  const seen: unknown[] = [];
  const { Module } = WebAssembly;
  const seeing = function (given: BufferSource) {
    seen.push(given);
    return new Module(given);
  };
  seeing.prototype = Module.prototype;
  vi.stubGlobal("WebAssembly", { ...namesOf(WebAssembly), Module: seeing });
  return seen;
}

/** The bytes of which a module was compiled, and what it is said to be. */
async function instantiated() {
  const seen = compiled();
  const { backend } = (await newSource()).instantiate();
  return { bytes: seen.at(-1), backend };
}

/** Its properties, which are not enumerable. */
const namesOf = (object: object) =>
  Object.fromEntries(Object.getOwnPropertyNames(object).map((name) => [name, Reflect.get(object, name)]));

afterEach(() => void vi.unstubAllGlobals());

const isTaken = WebAssembly.validate(relaxed);

describe("the source of ./relaxed", () => {
  it("takes the build with relaxed SIMD where WebAssembly.validate does, else the plain one", async () => {
    const { bytes, backend } = await instantiated();
    expect(bytes).toEqual(isTaken ? relaxed : plain);
    expect(backend).toEqual(isTaken ? { kind: "wasm", variant: "relaxed" } : NO_RELAXED);
  });

  it("takes the plain build where WebAssembly.validate refuses the other, and says why", async () => {
    vi.stubGlobal("WebAssembly", { ...namesOf(WebAssembly), validate: () => false });
    expect(await instantiated()).toEqual({ bytes: plain, backend: NO_RELAXED });
  });

  it("has neither where there is no WebAssembly", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    const source = await newSource();
    expect(() => source.instantiate()).toThrow("this engine has no WebAssembly");
  });

  it("holds builds that differ in their multiplications with an addition alone", () => {
    const exportsOf = (bytes: BufferSource) => WebAssembly.Module.exports(new WebAssembly.Module(bytes));
    if (isTaken) expect(exportsOf(relaxed)).toEqual(exportsOf(plain));
    expect(relaxed).not.toEqual(plain);
  });
});

describe("linear layers", () => {
  const linear = fromHex(linearText);
  const linearRelaxed = patched(linear, fromHex(linearRelaxedText));

  it.each<[Backend["variant"], Uint8Array]>([
    ["simd", linear],
    ["relaxed", linearRelaxed],
  ])("take the build that the kernels of their engine are: %s", async (variant, expected) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(plain));
    const engine = compiledEngine({ kind: "wasm", variant }, exports);
    const seen = compiled();
    vi.resetModules();
    const { productsOn } = await import("../../src/linear/products.js");
    // Where the engine refuses the bytes, they are computed in JavaScript.
    expect(productsOn(engine, F32)).toHaveProperty("multiply");
    expect(seen).toEqual([expected]);
  });

  it("have builds of the same functions, of which the one that fuses is refused where the kernels' is", () => {
    expect(WebAssembly.validate(linearRelaxed)).toBe(isTaken);
    const exportsOf = (bytes: BufferSource) => WebAssembly.Module.exports(new WebAssembly.Module(bytes));
    if (isTaken) expect(exportsOf(linearRelaxed)).toEqual(exportsOf(linear));
    expect(linearRelaxed).not.toEqual(linear);
  });
});
