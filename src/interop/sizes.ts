import { rangeError, show, typeError } from "../errors.js";

/** A list of integers of at least `least`, copied; `name` is where it stands. */
export function readIntegers(name: string, value: unknown, least: number): number[] {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
    throw typeError("ERR_SHAPE", `${name}: expected an array of integers, got ${show(value)}`);
  }
  const integers = Array.from(value as ArrayLike<unknown>);
  integers.forEach((integer, i) => checkInteger(`${name}[${i}]`, integer, least));
  return integers as number[];
}

export function checkInteger(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  const expected = least === 0 ? "an integer ≥ 0" : "an integer";
  const message = `${name}: expected ${expected}, got ${show(value)}`;
  throw typeof value === "number" ? rangeError("ERR_SHAPE", message) : typeError("ERR_SHAPE", message);
}

export function productOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}

/** Whether elements stand in the same places: axes of size 1 move none. */
export function samePlaces(a: readonly number[], b: readonly number[]): boolean {
  const moving = (sizes: readonly number[]) => sizes.filter((size) => size !== 1).join();
  return moving(a) === moving(b);
}

/** The sizes of the other axes; undefined where there is no such axis. */
export function sizesWithout(axis: unknown, sizes: readonly number[]): number[] | undefined {
  const at = axis === undefined ? sizes.length - 1 : (axis as number) < 0 ? (axis as number) + sizes.length : axis;
  return Number.isInteger(at) && (at as number) in sizes ? sizes.filter((_, i) => i !== at) : undefined;
}
