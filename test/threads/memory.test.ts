import { afterEach, describe, expect, it, vi } from "vitest";
import { newMemory, PoolMemory } from "../../src/threads/memory.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what a caller frees", () => {
  it("is given out again when no task is under way, and not before the last has ended", () => {
    const memory = new PoolMemory(newMemory(true));
    const address = memory.allocate(4096);
    memory.hold();
    memory.hold();
    memory.release(address);
    expect(memory.allocate(4096)).not.toBe(address);
    memory.letGo();
    expect(memory.allocate(4096)).not.toBe(address);
    memory.letGo();
    expect(memory.allocate(4096)).toBe(address);
  });

  it("is given out again at once where no task is under way", () => {
    const memory = new PoolMemory(newMemory(true));
    const address = memory.allocate(4096);
    memory.release(address);
    expect(memory.allocate(4096)).toBe(address);
  });

  it("is given out again at once where no task is at it, whatever is under way", () => {
    const memory = new PoolMemory(newMemory(true));
    const address = memory.allocate(4096);
    memory.hold();
    memory.releaseNow(address);
    expect(memory.allocate(4096)).toBe(address);
  });
});

describe("memory that cannot be promised ahead", () => {
  /** The maxima, in pages, that an engine is asked for that promises up to `most`. */
  function askedFor(most: number, shared: boolean): { asked: (number | undefined)[]; made: boolean } {
    const asked: (number | undefined)[] = [];
    const construct = (target: typeof WebAssembly.Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) => {
      asked.push(descriptor.maximum);
      if ((descriptor.maximum as number) > most)
        throw new RangeError("WebAssembly.Memory(): could not allocate memory");
      return new target(descriptor);
    };
    vi.stubGlobal("WebAssembly", { Memory: new Proxy(WebAssembly.Memory, { construct: construct as never }) });
    try {
      newMemory(shared);
      return { asked, made: true };
    } catch (error) {
      expect(error).toMatchObject({ name: "RangeError", message: "WebAssembly.Memory(): could not allocate memory" });
      return { asked, made: false };
    } finally {
      vi.unstubAllGlobals();
    }
  }

  it("is asked for half as large, down to 256 MiB", () => {
    expect(askedFor(65536, true)).toEqual({ asked: [65536], made: true });
    expect(askedFor(20000, true)).toEqual({ asked: [65536, 32768, 16384], made: true });
    expect(askedFor(4096, true)).toEqual({ asked: [65536, 32768, 16384, 8192, 4096], made: true });
    expect(askedFor(4095, true)).toEqual({ asked: [65536, 32768, 16384, 8192, 4096], made: false });
  });

  it("is an error where it is not shared, which promises nothing", () => {
    expect(askedFor(4096, false)).toEqual({ asked: [65536], made: false });
  });
});
