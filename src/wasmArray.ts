import type { Engine } from "./engine.js";
import { rangeError, show, typeError } from "./errors.js";
import { F32, F64, type FloatArray, type FloatType } from "./floatType.js";
import { newFloats } from "./memory.js";

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
  readonly #engine: Engine;
  readonly #type: FloatType;
  readonly #address: number;
  #view: FloatArray | null;
  /** What the view is of. To ask the view for it costs as much as four elements. */
  #buffer: ArrayBufferLike;

  constructor(engine: Engine, type: FloatType, length: number) {
    this.#engine = engine;
    this.#type = type;
    this.length = length;
    this.#address = engine.memory.allocate(length * type.bytes);
    this.#buffer = engine.memory.buffer;
    this.#view = type.viewOf(this.#buffer, this.#address, length);
    this.#view.fill(0);
  }

  get view(): FloatArray {
    if (this.#view === null) throw disposed();
    const { buffer } = this.#engine.memory;
    if (this.#buffer !== buffer) {
      this.#buffer = buffer;
      this.#view = this.#type.viewOf(buffer, this.#address, this.length);
    }
    return this.#view;
  }

  free(): void {
    if (this.#view === null) return;
    this.#view = null;
    this.#engine.memory.release(this.#address);
  }

  /** Not by `instanceof`, which takes proxies and heirs, of which `view` is out of reach. */
  static is(value: object): value is Resident {
    return #view in value;
  }
}

class Ordinary implements WasmArray {
  readonly length: number;
  #view: FloatArray | null;

  constructor(type: FloatType, length: number) {
    this.length = length;
    this.#view = newFloats("alloc", type, length);
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

/** Allocates an array of a type in an instance's linear memory. */
export interface Alloc {
  (type: typeof Float32Array, length: number): WasmArray<Float32Array>;
  (type: typeof Float64Array, length: number): WasmArray<Float64Array>;
}

export function alloc(engine: Engine, type: unknown, length: unknown): WasmArray {
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
  return engine.backend.kind === "wasm" ? new Resident(engine, floatType, length) : new Ordinary(floatType, length);
}

export function isWasmArray(value: unknown): value is WasmArray {
  return typeof value === "object" && value !== null && (Resident.is(value) || Ordinary.is(value));
}

function disposed(): Error {
  return rangeError("ERR_DISPOSED", "WasmArray: expected an array that is still allocated, got one that was freed");
}
