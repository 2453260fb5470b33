import { inspect } from "node:util";

const NUMBER = /-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|∞)|NaN/g;

/** Numbers alone: nothing else is between them but commas and what stands for more of them. */
const NUMBERS_ALONE = new RegExp(`^(?:${NUMBER.source})(?:, (?:${NUMBER.source}))*$`);

/**
 * Why a value is not what a comment states, or undefined. Numbers and arrays of them agree with a list of numbers where
 * each, rounded to the digits that the comment has, is the comment's; all else agrees where it is shown alike.
 */
export function disagreement(value: unknown, text: string): string | undefined {
  if (!NUMBERS_ALONE.test(text)) {
    const shown = shownAs(value);
    return shown === text ? undefined : `expected ${text}, got ${shown}`;
  }
  const expected = text.match(NUMBER) ?? [];
  const numbers = numbersOf(value);
  const agrees = numbers.length === expected.length && numbers.every((number, i) => roundsTo(number, expected[i]));
  return agrees ? undefined : `expected ${text}, got ${numbers.join(", ")}`;
}

const shownAs = (value: unknown): string => inspect(value, { breakLength: Infinity }).replaceAll("'", '"');

function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(value as ArrayLike<unknown>).flatMap(numbersOf);
  throw new TypeError(`expected numbers, got ${inspect(value)}`);
}

function roundsTo(number: number, text: string): boolean {
  const expected = Number(text.replace("∞", "Infinity"));
  if (!Number.isFinite(expected)) return Object.is(number, expected);
  const [mantissa, exponent = "0"] = text.split("e");
  const decimals = (mantissa.split(".")[1] ?? "").length - Number(exponent);
  // Half a unit of the last digit, and the rounding of the two decimal numbers.
  return Math.abs(number - expected) <= 0.5 * 10 ** -decimals * (1 + 1e-9);
}
