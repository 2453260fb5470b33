// As many instances as an engine has address space for: Chromium 124 of them, Firefox 999, Node more than there are here.

import { describe, expect, it, vi } from "vitest";
import { backend, instantiate, softmax } from "../../src/index.js";

const MANY = 1100;
const x = Float32Array.of(1, 2, 3);
const p = softmax(x);

/** Holds instances until there is no memory for another. Returns how many there were, and why there was no other. */
function exhaust(): { count: number; reason: string | undefined } {
  const held = [];
  while (held.length < MANY) {
    const one = instantiate();
    expect(one.softmax(x)).toEqual(p);
    const { kind, reason } = one.backend();
    if (kind === "js") return { count: held.length, reason };
    held.push(one);
  }
  return { count: MANY, reason: undefined };
}

describe("instances beyond what there is memory for", () => {
  it("compute in JavaScript, say what to do, and are in WebAssembly again when others are gone", async () => {
    const { count, reason } = exhaust();
    expect(count).toBeGreaterThan(100);
    if (count < MANY) expect(reason).toMatch(/memory\b.*let go of instances.*the next call tries again$/);
    expect(softmax(x)).toEqual(p);
    await vi.waitFor(
      () => {
        // Engines look for what is gone when memory is asked for.
        new ArrayBuffer(50_000_000);
        expect(backend()).toEqual({ kind: "wasm", variant: "simd" });
        expect(instantiate().backend()).toEqual({ kind: "wasm", variant: "simd" });
      },
      { timeout: 30_000, interval: 50 },
    );
    expect(softmax(x)).toEqual(p);
  });
});
