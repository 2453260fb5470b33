// Element types, by their names in onnxruntime. TensorFlow.js and stdlib use the same names for the types they have.

import { checkAttached } from "../arguments/arrays.js";
import { show, typeError } from "../errors.js";
import { tagOf } from "../typedArray.js";

/** The arrays that hold elements of each type, the customary one first. */
const ARRAYS = {
  float16: ["Uint16Array", "Float16Array"],
  float32: ["Float32Array"],
  float64: ["Float64Array"],
  int8: ["Int8Array"],
  uint8: ["Uint8Array", "Uint8ClampedArray"],
  int16: ["Int16Array"],
  uint16: ["Uint16Array"],
  int32: ["Int32Array"],
  uint32: ["Uint32Array"],
  int64: ["BigInt64Array"],
  uint64: ["BigUint64Array"],
  bool: ["Uint8Array"],
} as const;

export type ElementType = keyof typeof ARRAYS;

const FLOATS = ["float16", "float32", "float64"] as const;
const INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const;

/** The types that an argument may have, by its name. */
const TYPES_OF: Readonly<Partial<Record<string, readonly ElementType[]>>> = {
  // Floats are probabilities.
  targets: [...INTEGERS, ...FLOATS, "bool"],
  tokens: INTEGERS,
  mask: ["bool", ...INTEGERS],
  lengths: INTEGERS,
};

export function isFloat(type: ElementType): boolean {
  return (FLOATS as readonly string[]).includes(type);
}

/** Whether only floats are accepted for an argument. */
export function takesFloatsAlone(name: string): boolean {
  return TYPES_OF[name] === undefined;
}

/** Checks the type that a tensor says it has; `field` is where it says so. */
export function readType(name: string, field: string, value: unknown): ElementType {
  const types = TYPES_OF[name] ?? FLOATS;
  if (!(types as readonly unknown[]).includes(value)) {
    throw typeError("ERR_DTYPE", `${name}.${field}: expected ${types.join(", ")}, got ${show(value)}`);
  }
  return value as ElementType;
}

/**
 * The elements, in an array of the type that the tensor states. TensorFlow.js's CPU backend casts to a wider type by
 * changing only the name of the type: the elements stay in an array of the old type.
 */
export function asSaid(name: string, type: ElementType, data: unknown): unknown {
  const tag = tagOf(data);
  if (tag !== "Uint8Array" && tag !== "Int32Array") return data;
  const narrower = data as Uint8Array | Int32Array;
  checkAttached(name, narrower);
  if (type === "float32") return new Float32Array(narrower);
  return type === "int32" && tag === "Uint8Array" ? new Int32Array(narrower) : data;
}

/** Checks that the elements are of the type that the tensor says it has. */
export function checkElements(name: string, type: ElementType, data: unknown): void {
  const arrays: readonly unknown[] = ARRAYS[type];
  if (arrays.includes(tagOf(data))) return;
  const message = `${name}: expected a ${arrays.join(" or ")}, which holds ${type}, got ${show(data)}`;
  throw typeError("ERR_DTYPE", message);
}

/** The type of what is in an array; undefined for what is none. Numbers of plain arrays are doubles. */
export function typeOfElements(data: unknown): ElementType | undefined {
  if (Array.isArray(data)) return "float64";
  const tag = tagOf(data);
  /* v8 ignore next -- @preserve: `npm run test:relaxed`, on Node 26 */
  if (tag === "Float16Array") return "float16";
  // Uint16Array alone is integers: that it is float16, only a type can say.
  const types = Object.keys(ARRAYS) as ElementType[];
  return types.find((type) => type !== "float16" && (ARRAYS[type] as readonly unknown[]).includes(tag));
}
