// The source of the entry ./relaxed: which of its two builds it takes.

import { afterEach, describe, expect, it, vi } from "vitest";
import relaxedText from "../../build/relaxed.js";
import plainText from "../../build/simd.js";
import { fromPrintable } from "../../src/backend/printable.js";
import * as source from "../../src/backend/source/relaxed.js";

const NO_RELAXED = { kind: "wasm", variant: "simd", reason: "this engine has no relaxed SIMD" };

/** The bytes of which a module was compiled, and what it is said to be. */
function instantiated() {
  let bytes: unknown;
  const { Module } = WebAssembly;
  const seen = function (given: BufferSource) {
    bytes = given;
    return new Module(given);
  };
  vi.stubGlobal("WebAssembly", { ...namesOf(WebAssembly), Module: seen });
  const { backend } = source.instantiate();
  return { bytes, backend };
}

/** Its properties, which are not enumerable. */
const namesOf = (object: object) =>
  Object.fromEntries(Object.getOwnPropertyNames(object).map((name) => [name, Reflect.get(object, name)]));

afterEach(() => void vi.unstubAllGlobals());

describe("the source of ./relaxed", () => {
  const isTaken = WebAssembly.validate(fromPrintable(relaxedText));

  it("takes the build with relaxed SIMD where WebAssembly.validate does, else the plain one", () => {
    const { bytes, backend } = instantiated();
    expect(bytes).toEqual(fromPrintable(isTaken ? relaxedText : plainText));
    expect(backend).toEqual(isTaken ? { kind: "wasm", variant: "relaxed" } : NO_RELAXED);
  });

  it("takes the plain build where WebAssembly.validate refuses the other, and says why", () => {
    vi.stubGlobal("WebAssembly", { ...namesOf(WebAssembly), validate: () => false });
    expect(instantiated()).toEqual({ bytes: fromPrintable(plainText), backend: NO_RELAXED });
  });

  it("has neither where there is no WebAssembly", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect(() => source.instantiate()).toThrow("this engine has no WebAssembly");
  });

  it("holds builds that differ in their multiplications with an addition alone", () => {
    const exportsOf = (text: string) => WebAssembly.Module.exports(new WebAssembly.Module(fromPrintable(text)));
    if (isTaken) expect(exportsOf(relaxedText)).toEqual(exportsOf(plainText));
    expect(relaxedText).not.toBe(plainText);
  });
});
