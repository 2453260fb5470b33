// Gappa, which bounds the rounding errors of a formula, and Sollya, which bounds polynomials: Debian packages of those names.

import { spawnSync } from "node:child_process";

function run(tool: string, input: string): string {
  const { stdout, stderr, error } = spawnSync(tool, { input, encoding: "utf8" });
  if (error !== undefined) throw error;
  return stdout + stderr;
}

/** Whether both are installed. */
export const haveTools = (): boolean =>
  ["gappa", "sollya"].every(
    (tool) => spawnSync(tool, ["--version"], { encoding: "utf8", input: "" }).error === undefined,
  );

/** What gappa says is the largest size of an expression, of which the script asks `expression in ?`. */
export function gappa(script: string, expression: string): number {
  const output = run("gappa", script);
  const line = output.split("\n").find((one) => one.trim().startsWith(`${expression} in [`));
  const ends =
    line === undefined ? [] : [...line.matchAll(/\{([-+\d.e]+),/g)].map(([, number]) => Math.abs(Number(number)));
  // An end that is 0 is printed without its decimal value.
  if (line === undefined || ends.length === 0) throw new Error(`gappa: ${output}\n${script}`);
  return Math.max(...ends);
}

/** The largest of |polynomial − e^x| on an interval, as sollya proves it. */
export function supnorm(polynomial: string, from: number, to: number): number {
  const script = `display=decimal; supnorm(${polynomial}, exp(x), [${from};${to}], absolute, 2^-10); quit;`;
  const numbers = run("sollya", script).match(/\[([^;]+);([^\]]+)\]/);
  if (numbers === null) throw new Error(`sollya: ${script}`);
  return Math.max(Math.abs(Number(numbers[1])), Math.abs(Number(numbers[2])));
}
