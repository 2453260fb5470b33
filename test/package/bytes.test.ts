// The modules' bytes as the package has them: text that the host decodes, and patches of it.

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import linear from "../../build/linear.js";
import linearRelaxed from "../../build/linearRelaxed.js";
import linearShared from "../../build/linearShared.js";
import relaxed from "../../build/relaxed.js";
import shared from "../../build/shared.js";
import simd from "../../build/simd.js";
import { patchOf } from "../../scripts/patch.mjs";
import { fromHex, patched } from "../../src/backend/bytes.js";

const bytesOf = (name: string) => new Uint8Array(readFileSync(`build/${name}.wasm`));

afterEach(() => {
  vi.unstubAllGlobals();
  delete (Uint8Array as { fromHex?: unknown }).fromHex;
});

describe("bytes from text", () => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = Buffer.from(every).toString("hex");
  const withFromHex = (fromHex: unknown) => Object.assign(Uint8Array, { fromHex });
  const refuses = () => {
    throw new Error("not here");
  };

  it.runIf(!("fromHex" in Uint8Array))("come from Buffer where there is no Uint8Array.fromHex", () => {
    const from = vi.spyOn(Buffer, "from");
    expect([...fromHex(text)]).toEqual([...every]);
    expect(from).toHaveBeenCalledOnce();
    from.mockRestore();
  });

  it("come from Uint8Array.fromHex where there is one", () => {
    const native = vi.fn(() => every);
    withFromHex(native);
    vi.stubGlobal("Buffer", undefined);
    expect(fromHex(text)).toBe(every);
    expect(native).toHaveBeenCalledExactlyOnceWith(text);
  });

  it.each([
    ["no decoder of the host's", undefined],
    ["a Buffer that is something else", () => undefined],
    ["a Buffer that refuses", { from: refuses }],
    ["a Buffer that knows no such encoding", { from: (all: string) => Uint8Array.from(all, () => 0) }],
  ])("come by themselves with %s", (_, buffer) => {
    vi.stubGlobal("Buffer", buffer);
    withFromHex(undefined);
    expect(fromHex(text)).toEqual(every);
  });

  it("are those of the module, in whichever way", () => {
    const module = bytesOf("simd");
    const decoded = fromHex(simd);
    expect(module.every((byte, i) => decoded[i] === byte) || "another byte").toBe(true);
    vi.stubGlobal("Buffer", undefined);
    withFromHex(undefined);
    expect(fromHex(simd)).toEqual(module);
  });
});

describe("bytes from a patch", () => {
  it.each([
    ["relaxed", simd, relaxed],
    ["shared", simd, shared],
    ["linearRelaxed", linear, linearRelaxed],
    ["linearShared", linear, linearShared],
  ])("are those of the module %s, and the patch is less than a third of them", (name, base, text) => {
    const patch = fromHex(text);
    expect(patched(fromHex(base), patch)).toEqual(bytesOf(name));
    expect(patch.length).toBeLessThan(bytesOf(name).length / 3);
  });

  // The length, and in turn bytes of its own after their number and a range: numbers below 128 have one byte.
  const base = Buffer.from("what both have in common, and this at the end");
  it.each([
    ["", 1],
    ["nothing of that", 1 + 1 + 15 + 2],
    ["what both have in common, and this at the end", 1 + 1 + 2],
    ["this at the end|what both have in common|!", 1 + 1 + 2 + 2 + 2 + 3 + 2],
    [`${"what both have in common, ".repeat(40)}?`, 2 + 40 * 3 + 2 + 2],
  ])("are what was patched: %j", (text, length) => {
    const target = Buffer.from(text);
    const patch = patchOf(base, target);
    expect(Buffer.from(patched(base, patch)).toString()).toBe(text);
    expect(patch.length).toBe(length);
  });
});
