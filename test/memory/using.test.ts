// `using array = alloc(…)`: what its compilers look for, in an engine that has Symbol.dispose and in one that has not.

import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Symbol, whose `dispose` cannot be changed, with another one. */
function symbolsWith(dispose: symbol | undefined): object {
  const Original = Symbol;
  const { prototype, ...properties } = Object.getOwnPropertyDescriptors(Original);
  const make = (description?: string) => Original(description);
  Object.assign(make, { prototype: prototype.value as object });
  return Object.defineProperties(make, { ...properties, dispose: { value: dispose } });
}

it.each([
  ["has Symbol.dispose", Symbol("dispose")],
  ["has none", undefined],
])("frees the array where an engine %s", async (_, dispose) => {
  vi.resetModules();
  vi.stubGlobal("Symbol", symbolsWith(dispose));
  const { alloc } = await import("../../src/index.js");
  vi.unstubAllGlobals();
  const array = alloc(Float32Array, 3);
  const free = (array as unknown as Record<symbol, () => void>)[dispose ?? Symbol.for("Symbol.dispose")];
  free.call(array);
  expect(() => array.view).toThrow(expect.objectContaining({ code: "ERR_DISPOSED" }) as Error);
});
