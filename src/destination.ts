import { type Floats, readOut } from "./arrays.js";
import type { Engine } from "./engine.js";
import { bufferOf, byteOffsetOf } from "./typedArray.js";

/** The address of an array that lives in the engine's memory; −1 for every other. */
export function addressIn(engine: Engine, array: Float32Array): number {
  return bufferOf(array) === engine.memory.buffer ? byteOffsetOf(array) : -1;
}

/** Where a result goes: a new array, or the caller's `out`. */
export class Destination {
  /** In linear memory; −1 for ordinary memory. */
  readonly address: number;
  readonly #engine: Engine;
  readonly #given: unknown;
  readonly #length: number;
  #array: Float32Array;

  constructor(engine: Engine, given: unknown, length: number) {
    this.#engine = engine;
    this.#given = given;
    this.#length = length;
    this.#array = given === undefined ? new Float32Array(length) : readOut(given, length);
    this.address = addressIn(engine, this.#array);
  }

  /** The elements as of now: a view of linear memory does not survive its growth. */
  get array(): Float32Array {
    if (this.address >= 0 && addressIn(this.#engine, this.#array) < 0) {
      this.#array = new Float32Array(this.#engine.memory.buffer, this.address, this.#length);
    }
    return this.#array;
  }

  /** What the caller gets back: what was given, or a view of it that is still attached. */
  get result(): Floats {
    return this.#given instanceof Float32Array || this.#given === undefined ? this.array : (this.#given as Floats);
  }
}
