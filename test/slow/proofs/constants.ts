// The constants of the exponentials as their sources have them.

import { readFileSync } from "node:fs";

/** By their names in src/backend/js/rows/. */
export function constantsOf(file: "exp" | "expF64"): Readonly<Record<string, number>> {
  const path = new URL(`../../../src/backend/js/rows/${file}.ts`, import.meta.url);
  const source = readFileSync(path, "utf8");
  const found = [...source.matchAll(/^const ([A-Z0-9_]+) = ([\d.e-]+);/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  return Object.fromEntries(found) as Record<string, number>;
}

/** A double in the notation that gappa and sollya read exactly. */
export function exactly(value: number): string {
  let exponent = 0;
  while (!Number.isInteger(value)) {
    value *= 2;
    exponent--;
  }
  return `${value}b${exponent}`;
}
