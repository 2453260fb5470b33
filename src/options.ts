import { rangeError, show, typeError } from "./errors.js";
import type { FloatType } from "./floatType.js";

/**
 * What a caller gave. Each property is read once, own ones only; absent and undefined are the same. The sizes of a shape
 * are read with it, so that no code of the caller, which might transfer an array, runs between an array's check and use.
 */
class Given {
  shape: unknown = undefined;
  axis: unknown = undefined;
  out: unknown = undefined;
  temperature: unknown = undefined;
  reduction: unknown = undefined;
  ignoreIndex: unknown = undefined;
  backend: unknown = undefined;
}

export type OptionName = keyof Given;
export type GivenOptions = Readonly<Given>;

const NONE: GivenOptions = Object.freeze(new Given());

/**
 * Reads an options object; refuses what is none, names that the function does not know, and null where nothing takes it.
 *
 * A switch into one class with every option: a general copy takes three times as long, and as long as ten elements.
 */
export function readOptions(options: unknown, known: readonly OptionName[]): GivenOptions {
  if (options === undefined) return NONE;
  if (typeof options !== "object" || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw typeError("ERR_OPTION", `options: expected an object, got ${show(options)}`);
  }
  const given = new Given();
  for (const name in options) {
    if (!Object.prototype.hasOwnProperty.call(options, name)) continue;
    const value = (options as GivenOptions)[name as OptionName];
    switch (name) {
      case "shape":
        given.shape = Array.isArray(value) ? Array.from(value as readonly unknown[]) : value;
        break;
      case "axis":
        given.axis = value;
        break;
      case "out":
        given.out = value;
        break;
      case "temperature":
        given.temperature = value;
        break;
      case "reduction":
        given.reduction = value;
        break;
      case "ignoreIndex":
        given.ignoreIndex = value;
        break;
      case "backend":
        given.backend = value;
        break;
      default:
        throw unknown(name, known);
    }
    if (!knows(known, name)) throw unknown(name, known);
    if (value === null && name !== "ignoreIndex") {
      throw typeError("ERR_OPTION", `${name}: expected a value or undefined, got null`);
    }
  }
  return given;
}

/** `includes`, which is a call. */
function knows(known: readonly string[], name: string): boolean {
  for (let i = 0; i < known.length; i++) if (known[i] === name) return true;
  return false;
}

function unknown(name: string, known: readonly string[]): Error {
  return typeError("ERR_OPTION", `options: expected only ${known.join(", ")}, got ${show(name)}`);
}

/** τ, rounded to the type of the logits; 1 where none is given. */
export function readTemperature(value: unknown, type: FloatType): number {
  if (value === undefined) return 1;
  if (typeof value !== "number") throw typeError("ERR_OPTION", `temperature: expected a number, got ${show(value)}`);
  const rounded = type.round(value);
  if (!(rounded > 0 && rounded < Infinity)) {
    throw rangeError("ERR_OPTION", `temperature: expected a number > 0 that ${type.key} can hold, got ${show(value)}`);
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
