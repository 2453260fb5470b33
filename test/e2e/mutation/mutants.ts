// Mutants of the kernels: the module's text, one instruction a line, with one of them changed. Those that are no change, by
// rules that a program can check, are not made.

import { mulberry32 } from "../../reference/random.js";

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

/** The lines after a load of the first lane fill all others: it is the same whether it clears or fills them itself. */
function isFilled(lines: readonly string[], at: number): boolean {
  const lanes = lines[at].includes("load32_zero") ? [1, 2, 3] : [1];
  const load = lines[at].includes("load32_zero") ? "v128.load32_lane" : "v128.load64_lane";
  return lanes.every((lane, i) => lines[at + 1 + i].trim() === `${load} ${lane}`);
}

/** The larger or smaller of two by a comparison: where they are equal it is either. */
function isChoice(lines: readonly string[], at: number): boolean {
  if (lines[at + 1].trim() !== "select") return false;
  const [d, c, b] = [1, 2, 3].map((back) => valueOf(lines[at - back]));
  let first = at - 4;
  // What the second is worked out from stands between the two.
  if (lines[at - 3].includes("local.tee")) {
    for (let missing = 1; missing !== 0; first--) {
      if (/(local|global)\.get |i32\.const /.test(lines[first])) missing--;
      else if (/i32\.(add|sub|shl)$/.test(lines[first])) missing++;
      else return false;
    }
  }
  const a = valueOf(lines[first]);
  return (a === c && b === d) || (a === d && b === c);
}

/** What an instruction leaves on the stack, by its name. */
const valueOf = (line: string) => line.trim().replace(".tee", ".get");

/** What becomes of an instruction's line; nothing for what is no matter of kernels. */
function changed(lines: readonly string[], at: number): string[] {
  const line = lines[at];
  const parts = /^( *)([a-z][\w.]*)(.*)$/.exec(line);
  if (parts === null) return [];
  const [, indent, opcode, rest] = parts;
  const results: string[] = [];
  const isSame = /_zero$/.test(opcode) ? isFilled(lines, at) : /^i32\.[lg][te]_s$/.test(opcode) && isChoice(lines, at);
  if (opcode in SWAPS && !isSame) results.push(`${indent}${SWAPS[opcode]}${rest}`);
  const offset = /^(.*offset=)(\d+)(.*)$/.exec(rest);
  if (offset !== null) results.push(`${indent}${opcode}${offset[1]}${Number(offset[2]) + 4}${offset[3]}`);
  // One more; of 1 one less, as 2 is as true. Before "less than" and its opposite that is what becomes of these themselves.
  const isBound = /^ *i32\.(lt|ge)_s$/.test(lines[at + 1]);
  if (opcode === "i32.const" && !isBound) {
    results.push(`${indent}i32.const ${Number(rest) === 1 ? 0 : Number(rest) + 1}`);
  }
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
  const lines = text.split("\n");
  return lines.flatMap((from, line): Mutant[] => {
    const func = /^ \(func (\S+)/.exec(from);
    if (func) name = func[1];
    // What stands before the first function are types, globals and exports.
    if (name === "" || name.endsWith("unreachableAbort")) return [];
    return changed(lines, line)
      .filter((to) => to !== from)
      .map((to) => ({ line, function: name, from: from.trim(), to }));
  });
}

/** The names of the exported functions that reach a function by calls, for each function. */
export function reachedFrom(text: string): ReadonlyMap<string, readonly string[]> {
  const calls = new Map<string, string[]>();
  let name = "";
  for (const line of text.split("\n")) {
    name = /^ \(func (\S+)/.exec(line)?.[1] ?? name;
    const callee = /^ *call (\S+)$/.exec(line)?.[1];
    if (callee !== undefined) calls.set(name, [...(calls.get(name) ?? []), callee]);
  }
  const from = new Map<string, string[]>();
  for (const [, exported, start] of text.matchAll(/^ \(export "(\w+)" \(func (\S+)\)\)$/gm)) {
    const reached = new Set([start]);
    for (const each of reached) for (const callee of calls.get(each) ?? []) reached.add(callee);
    for (const each of reached) from.set(each, [...(from.get(each) ?? []), exported]);
  }
  return from;
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
