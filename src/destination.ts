import { type Out, readOut } from "./arrays.js";
import type { Engine } from "./engine.js";
import type { FloatArray, FloatType } from "./floatType.js";
import { copyBack } from "./copy.js";
import { type LinearMemory, newFloats } from "./memory.js";
import { bufferOf, byteOffsetOf, fillElements, lengthOf } from "./typedArray.js";

/** The address of an array that lives in linear memory; −1 for every other. */
export function addressIn(memory: LinearMemory, array: FloatArray): number {
  // Nothing of a caller's lies at 0, and to ask a small array for its buffer is dear (typedArray.ts).
  const address = byteOffsetOf(array);
  return address !== 0 && bufferOf(array) === memory.buffer ? address : -1;
}

/** Where a result goes: a new array, or the caller's `out`. */
export class Destination {
  /** In linear memory; −1 for ordinary memory. */
  readonly address: number;
  readonly #memory: LinearMemory;
  readonly #given: unknown;
  readonly #type: FloatType;
  readonly #length: number;
  #array: FloatArray;

  constructor(engine: Engine, given: unknown, type: FloatType, length: number) {
    this.#memory = engine.memory;
    this.#given = given;
    this.#type = type;
    this.#length = length;
    this.#array = given === undefined ? newFloats("result", type, length) : readOut(given, type, length);
    this.address = addressIn(engine.memory, this.#array);
  }

  /** The elements as of now: a view of linear memory does not survive its growth. */
  get array(): FloatArray {
    if (this.address >= 0 && lengthOf(this.#array) !== this.#length) {
      this.#array = this.#type.viewOf(this.#memory.buffer, this.address, this.#length);
    }
    return this.#array;
  }

  /** Takes one value a position, of the positions from `position` on. */
  take(heap: FloatArray, at: number, count: number, position: number): void {
    copyBack(heap, at, this.array, position, count);
  }

  fill(value: number): void {
    fillElements(this.array, value);
  }

  /** What the caller gets back: what was given, or a view of it that is still attached. */
  get result(): Out {
    return this.#given === undefined || ArrayBuffer.isView(this.#given) ? this.array : (this.#given as Out);
  }
}
