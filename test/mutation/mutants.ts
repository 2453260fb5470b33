// Mutants of the kernels: the module's text, one instruction a line, with one of them changed.

import { mulberry32 } from "../random.js";

export interface Mutant {
  /** Of the text, from 0. */
  readonly line: number;
  readonly function: string;
  readonly from: string;
  readonly to: string;
}

/** What an instruction becomes: the same operands and type of result, and another meaning. */
const SWAPS: Readonly<Record<string, string>> = {
  "i32.add": "i32.sub",
  "i32.sub": "i32.add",
  "i32.mul": "i32.add",
  "i32.shl": "i32.shr_u",
  "i32.shr_s": "i32.shl",
  "i32.div_u": "i32.mul",
  "i32.and": "i32.or",
  "i32.or": "i32.and",
  "i32.eq": "i32.ne",
  "i32.ne": "i32.eq",
  "i32.lt_s": "i32.le_s",
  "i32.le_s": "i32.lt_s",
  "i32.gt_s": "i32.ge_s",
  "i32.ge_s": "i32.gt_s",
  "f32.neg": "f32.abs",
  "f64.neg": "f64.abs",
  "f64.add": "f64.sub",
  "f64.sub": "f64.add",
  "f64.mul": "f64.div",
  "f64.ne": "f64.eq",
  "v128.and": "v128.or",
  "v128.or": "v128.and",
  "v128.andnot": "v128.and",
  "v128.any_true": "i32x4.all_true",
  "i32x4.all_true": "v128.any_true",
  "i64x2.all_true": "v128.any_true",
  "i32x4.shl": "i32x4.shr_u",
  "i64x2.shl": "i64x2.shr_u",
  "i32x4.ge_s": "i32x4.gt_s",
  "i32x4.ne": "i32x4.eq",
  "i64x2.ne": "i64x2.eq",
  "i32x4.gt_u": "i32x4.lt_u",
  "i64x2.extend_low_i32x4_s": "i64x2.extend_high_i32x4_s",
  "i64x2.extend_high_i32x4_s": "i64x2.extend_low_i32x4_s",
  "v128.load32_splat": "v128.load32_zero",
  "v128.load64_splat": "v128.load64_zero",
  "v128.load32_zero": "v128.load32_splat",
  "v128.load64_zero": "v128.load64_splat",
  ...Object.fromEntries(
    ["f32x4", "f64x2"].flatMap((type) => [
      [`${type}.add`, `${type}.sub`],
      [`${type}.sub`, `${type}.add`],
      [`${type}.mul`, `${type}.add`],
      [`${type}.div`, `${type}.mul`],
      [`${type}.pmax`, `${type}.pmin`],
      [`${type}.max`, `${type}.min`],
      [`${type}.abs`, `${type}.neg`],
      [`${type}.lt`, `${type}.le`],
      [`${type}.gt`, `${type}.ge`],
      [`${type}.ge`, `${type}.gt`],
      [`${type}.eq`, `${type}.ne`],
      [`${type}.ne`, `${type}.eq`],
    ]),
  ),
};

/** What becomes of an instruction's line; nothing for what is no matter of kernels. */
function changed(line: string): string[] {
  const parts = /^( *)([a-z][\w.]*)(.*)$/.exec(line);
  if (parts === null) return [];
  const [, indent, opcode, rest] = parts;
  const results: string[] = [];
  if (opcode in SWAPS) results.push(`${indent}${SWAPS[opcode]}${rest}`);
  const offset = /^(.*offset=)(\d+)(.*)$/.exec(rest);
  if (offset !== null) results.push(`${indent}${opcode}${offset[1]}${Number(offset[2]) + 4}${offset[3]}`);
  if (opcode === "i32.const") results.push(`${indent}i32.const ${Number(rest) + 1}`);
  const lane = /_lane(?:\S*)( .*)?$/.test(opcode + rest) ? /^(.*) (\d+)$/.exec(rest) : null;
  if (lane !== null) results.push(`${indent}${opcode}${lane[1]} ${Number(lane[2]) === 0 ? 1 : 0}`);
  const shuffle = opcode === "i8x16.shuffle" ? rest.trim().split(" ").map(Number) : [];
  if (shuffle.length === 16) {
    results.push(`${indent}${opcode} ${[...shuffle.slice(8), ...shuffle.slice(0, 8)].join(" ")}`);
  }
  return results;
}

/** Every mutant of a module's text. */
export function mutantsOf(text: string): Mutant[] {
  let name = "";
  return text.split("\n").flatMap((from, line): Mutant[] => {
    const func = /^ \(func (\S+)/.exec(from);
    if (func) name = func[1];
    // What stands before the first function are types, globals and exports.
    if (name === "" || name.endsWith("unreachableAbort")) return [];
    return changed(from)
      .filter((to) => to !== from)
      .map((to) => ({ line, function: name, from: from.trim(), to }));
  });
}

/** So many of them, drawn by a seed; all of them for Infinity. */
export function sampleOf(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  if (count >= mutants.length) return mutants.slice();
  const random = mulberry32(seed);
  const left = mutants.slice();
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
}

export function applied(text: string, { line, to }: Mutant): string {
  const lines = text.split("\n");
  lines[line] = to;
  return lines.join("\n");
}
