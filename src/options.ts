import { rangeError, show, typeError } from "./errors.js";

/** What a caller gave, own properties only, each read once. Absent and undefined are the same. */
export type Given<Name extends string> = { readonly [K in Name]?: unknown };

const NONE = Object.freeze({ __proto__: null });

/** Reads an options object; refuses one that is none, names that are not known, and null where nothing takes it. */
export function readOptions<Name extends string>(
  options: unknown,
  known: readonly Name[],
  nullable?: Name,
): Given<Name> {
  if (options === undefined) return NONE;
  if (typeof options !== "object" || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw typeError("ERR_OPTION", `options: expected an object, got ${show(options)}`);
  }
  const given: Record<string, unknown> = { __proto__: null };
  for (const name of Object.keys(options)) {
    if (!known.includes(name as Name)) {
      throw typeError("ERR_OPTION", `options: expected only ${known.join(", ")}, got ${show(name)}`);
    }
    const value = (options as Record<string, unknown>)[name];
    if (value === null && name !== nullable) {
      throw typeError("ERR_OPTION", `${name}: expected a value or undefined, got null`);
    }
    given[name] = value;
  }
  return given as Given<Name>;
}

/** τ, rounded to the type of the logits; 1 where none is given. */
export function readTemperature(value: unknown): number {
  if (value === undefined) return 1;
  if (typeof value !== "number") throw typeError("ERR_OPTION", `temperature: expected a number, got ${show(value)}`);
  const rounded = Math.fround(value);
  if (!(rounded > 0 && rounded < Infinity)) {
    throw rangeError("ERR_OPTION", `temperature: expected a number > 0 that f32 can hold, got ${show(value)}`);
  }
  return rounded;
}

export type Reduction = "mean" | "sum" | "none";

export function readReduction(value: unknown): Reduction {
  if (value === undefined) return "mean";
  if (value === "mean" || value === "sum" || value === "none") return value;
  const message = `reduction: expected "mean", "sum" or "none", got ${show(value)}`;
  throw typeof value === "string" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}

/** The label that marks an ignored position; null for none. */
export function readIgnoreIndex(value: unknown): number | null {
  if (value === undefined) return -100;
  if (value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  const message = `ignoreIndex: expected an integer or null, got ${show(value)}`;
  throw typeof value === "number" ? rangeError("ERR_OPTION", message) : typeError("ERR_OPTION", message);
}
