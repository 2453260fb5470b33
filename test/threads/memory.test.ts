import { afterEach, describe, expect, it, vi } from "vitest";
import { newSharedMemory } from "../../src/threads/engines.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("memory that cannot be promised ahead", () => {
  /** The maxima, in pages, that an engine is asked for that promises up to `most`. */
  function askedFor(most: number): { asked: (number | undefined)[]; made: boolean } {
    const asked: (number | undefined)[] = [];
    const construct = (target: typeof WebAssembly.Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) => {
      asked.push(descriptor.maximum);
      if ((descriptor.maximum as number) > most)
        throw new RangeError("WebAssembly.Memory(): could not allocate memory");
      return new target(descriptor);
    };
    vi.stubGlobal("WebAssembly", { Memory: new Proxy(WebAssembly.Memory, { construct: construct as never }) });
    try {
      newSharedMemory();
      return { asked, made: true };
    } catch (error) {
      expect(error).toMatchObject({ name: "RangeError", message: "WebAssembly.Memory(): could not allocate memory" });
      return { asked, made: false };
    } finally {
      vi.unstubAllGlobals();
    }
  }

  it("is asked for half as large, down to 256 MiB", () => {
    expect(askedFor(65536)).toEqual({ asked: [65536], made: true });
    expect(askedFor(20000)).toEqual({ asked: [65536, 32768, 16384], made: true });
    expect(askedFor(4096)).toEqual({ asked: [65536, 32768, 16384, 8192, 4096], made: true });
    expect(askedFor(4095)).toEqual({ asked: [65536, 32768, 16384, 8192, 4096], made: false });
  });
});
