// The source of the entry ./relaxed: which of its two builds it takes.

import { afterEach, describe, expect, it, vi } from "vitest";
import relaxedText from "../../build/relaxed.js";
import plainText from "../../build/simd.js";
import { fromHex, patched } from "../../src/backend/bytes.js";
import type * as Source from "../../src/backend/source/relaxed.js";

const plain = fromHex(plainText);
const relaxed = patched(plain, fromHex(relaxedText));
const NO_RELAXED = { kind: "wasm", variant: "simd", reason: "this engine has no relaxed SIMD" };

/** The source as it is before its first call: it keeps what it has compiled. */
async function newSource(): Promise<typeof Source> {
  vi.resetModules();
  return import("../../src/backend/source/relaxed.js");
}

/** The bytes of which a module was compiled, and what it is said to be. */
async function instantiated() {
  let bytes: unknown;
  const { Module } = WebAssembly;
  const seen = function (given: BufferSource) {
    bytes = given;
    return new Module(given);
  };
  seen.prototype = Module.prototype;
  vi.stubGlobal("WebAssembly", { ...namesOf(WebAssembly), Module: seen });
  const { backend } = (await newSource()).instantiate();
  return { bytes, backend };
}

/** Its properties, which are not enumerable. */
const namesOf = (object: object) =>
  Object.fromEntries(Object.getOwnPropertyNames(object).map((name) => [name, Reflect.get(object, name)]));

afterEach(() => void vi.unstubAllGlobals());

describe("the source of ./relaxed", () => {
  const isTaken = WebAssembly.validate(relaxed);

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
