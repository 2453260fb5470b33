import { parseArgs } from "node:util";
import { flagsOf, OPTIONS } from "../commands/flags.ts";

const SECTIONS = ["times", "memory", "download"];

/** The benchmark's own flags, and one for each section; without any of these, all sections. */
export function readFlags() {
  const options = {
    ...OPTIONS,
    // No peer but the native one of onnxruntime has doubles.
    work: { type: "string", default: "softmax,crossEntropyGrad" },
    ...Object.fromEntries(SECTIONS.map((name) => [name, { type: "boolean", default: false }])),
  };
  const { values } = parseArgs({ options });
  const flags = flagsOf(values, "latest-peers");
  if (flags.works.includes("softmaxF64")) throw new RangeError("--work: the peers are compared in f32");
  const wanted = SECTIONS.filter((name) => values[name]);
  return { ...flags, sections: new Set(wanted.length > 0 ? wanted : SECTIONS) };
}
