import { describe, expect, it } from "vitest";
import { assemble, textOf } from "./instrument.js";
import { BOUNDS_SEED, BUILD, pairOf, problemsIn } from "./kernelCase.js";
import { KERNELS, NO_KERNELS } from "./kernelList.js";

describe(`every access of every kernel is within what its call names (seed ${BOUNDS_SEED})`, () => {
  const pair = pairOf(BUILD);

  it("the text that is instrumented is the module that is shipped", () => {
    // Text, binary and text again: the same instructions, of which only locals are numbered anew.
    const instructions = (text: string) => text.replaceAll(/(local(?:\.\w+)?) \$\w+/g, "$1").split("\n");
    const [shipped, again] = [BUILD.text, textOf(assemble(BUILD.text))].map(instructions);
    expect(shipped.length).toBeGreaterThan(5000);
    expect(again.filter((line, i) => line !== shipped[i])).toEqual([]);
  });

  it("every kernel that the module exports is in the list, and takes the address of its call", () => {
    const exported = Object.entries(pair.shipped.exports).filter(([name]) => !NO_KERNELS.includes(name));
    expect(Object.fromEntries(exported.map(([name, { length }]) => [name, length]))).toEqual(
      Object.fromEntries(KERNELS.map(({ name }) => [name, 1])),
    );
  });

  it.each(KERNELS)("$name", (kernel) => {
    expect(problemsIn(pair, kernel, BOUNDS_SEED).slice(0, 5)).toEqual([]);
  });

  it("and every instruction of the module that touches memory has been among them", () => {
    expect(pair.checked.unreached()).toEqual([]);
  });
});
