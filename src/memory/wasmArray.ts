import { rangeError, show, typeError } from "../errors.js";
import { F32, F64, type FloatArray, type FloatType, newFloats } from "../floatType.js";
import type { LinearMemory } from "./linearMemory.js";

/**
 * An array that lives in the instance's linear memory, where kernels read and write it without a copy.
 *
 * Pass it, or any view of its memory, as an input or as `out`. With the JavaScript backend it is an ordinary array.
 */
export interface WasmArray<Elements extends FloatArray = FloatArray> {
  /** Elements. */
  readonly length: number;
  /**
   * The elements, as of now: any later call may grow linear memory, which detaches views taken earlier. Take a new one
   * each time. Throws ERR_DISPOSED after `free`.
   */
  readonly view: Elements;
  /** Gives the memory back. A second call does nothing. */
  free(): void;
}

class Resident implements WasmArray {
  readonly length: number;
  readonly #memory: LinearMemory;
  readonly #type: FloatType;
  readonly #address: number;
  #view: FloatArray | null;
  /** What the view is of. To ask the view for it costs as much as four elements. */
  #buffer: ArrayBufferLike;

  constructor(memory: LinearMemory, type: FloatType, length: number) {
    this.#memory = memory;
    this.#type = type;
    this.length = length;
    this.#address = memory.allocate(length * type.bytes);
    this.#buffer = memory.buffer;
    this.#view = type.viewOf(this.#buffer, this.#address, length);
    this.#view.fill(0);
  }

  get view(): FloatArray {
    if (this.#view === null) throw disposed();
    const { buffer } = this.#memory;
    if (this.#buffer !== buffer) {
      this.#buffer = buffer;
      this.#view = this.#type.viewOf(buffer, this.#address, this.length);
    }
    return this.#view;
  }

  free(): void {
    if (this.#view === null) return;
    this.#view = null;
    this.#memory.release(this.#address);
  }

  /** Not by `instanceof`, which accepts proxies and subclasses whose private fields cannot be read. */
  static is(value: object): value is Resident {
    return #view in value;
  }
}

class Ordinary implements WasmArray {
  readonly length: number;
  #view: FloatArray | null;

  constructor(array: FloatArray) {
    this.length = array.length;
    this.#view = array;
  }

  get view(): FloatArray {
    if (this.#view === null) throw disposed();
    return this.#view;
  }

  free(): void {
    this.#view = null;
  }

  static is(value: object): value is Ordinary {
    return #view in value;
  }
}

/** Makes an array of zeros, whose arguments have been checked. */
export type NewArray = (type: FloatType, length: number) => WasmArray;

export const inLinearMemory =
  (memory: LinearMemory): NewArray =>
  (type, length) =>
    new Resident(memory, type, length);

export const inOrdinaryMemory: NewArray = (type, length) => new Ordinary(newFloats("alloc", type, length));

export function alloc(newArray: NewArray, type: unknown, length: unknown): WasmArray {
  const floatType = type === Float32Array ? F32 : type === Float64Array ? F64 : undefined;
  if (floatType === undefined) {
    throw typeError("ERR_DTYPE", `alloc: expected the constructor Float32Array or Float64Array, got ${show(type)}`);
  }
  if (typeof length !== "number") {
    throw typeError("ERR_SHAPE", `alloc: expected a number of elements, got ${show(length)}`);
  }
  if (!Number.isSafeInteger(length) || length < 0) {
    throw rangeError("ERR_SHAPE", `alloc: expected a number of elements, 0 or more, got ${show(length)}`);
  }
  return newArray(floatType, length);
}

export function isWasmArray(value: unknown): value is WasmArray {
  return typeof value === "object" && value !== null && (Resident.is(value) || Ordinary.is(value));
}

function disposed(): Error {
  return rangeError("ERR_DISPOSED", "WasmArray: expected an array that is still allocated, got one that was freed");
}
