import { rangeError, show, typeError } from "../errors.js";
import { F32, F64, type FloatArray, type FloatType, floatTypeOf, newFloats } from "../floatType.js";
import type { LinearMemory, Memory } from "./linearMemory.js";

/**
 * An array that lives in the instance's linear memory, where kernels read and write it without a copy.
 *
 * Pass it, or any view of its memory, as an input or as `out`. With the JavaScript backend it is an ordinary array, and so
 * it is to other instances, entries and copies of the library.
 */
export interface WasmArray<Elements extends FloatArray = FloatArray> extends DisposableArray {
  /** Elements. */
  readonly length: number;
  /**
   * The elements, as of now: any later call may grow linear memory, which detaches views taken earlier. Take a new one
   * each time. Throws ERR_DISPOSED after `free`.
   */
  readonly view: Elements;
  /** Gives the memory back. A second call does nothing. `using x = alloc(…)` calls it at the end of the block. */
  free(): void;
  /** The elements one after the other: for `for … of`, spreads and `Array.from`. */
  [Symbol.iterator](): IterableIterator<number>;
  /** The elements as an array of numbers, for JSON. */
  toJSON(): number[];
}

/** `Symbol.dispose` where the engine's types have it: nothing otherwise, so that the declarations need no newer library. */
export type DisposableArray = SymbolConstructor extends { readonly dispose: infer Key extends symbol }
  ? { readonly [Name in Key]: () => void }
  : Record<never, never>;

/**
 * Where every copy of the library finds the array itself, also behind a proxy: a function that gives it. Two entries, an
 * ESM and a CommonJS build, or two bundles in a page do not know each other's classes.
 */
const SELF = /* @__PURE__ */ Symbol.for("softmax-wasm.WasmArray");

interface Branded {
  readonly [SELF]?: () => WasmArray;
}

/** What compilers of `using` look for, in engines with it and without. */
const DISPOSE: typeof Symbol.dispose =
  (Symbol as { readonly dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for("Symbol.dispose") as never);

class Allocated implements WasmArray {
  readonly length: number;
  /**
   * An own property that is a function, so that cloning an array, or posting it to a worker, is an error and does not
   * yield an object without elements.
   */
  readonly free: () => void;
  readonly #memory: Memory;
  readonly #type: FloatType;
  readonly #address: number;
  #view: FloatArray | null;
  /** What the view is of. To ask the view for it costs as much as four elements. */
  #buffer: Memory["buffer"];

  constructor(memory: Memory, type: FloatType, address: number, view: FloatArray, release: () => void) {
    this.#memory = memory;
    this.#type = type;
    this.length = view.length;
    this.#address = address;
    this.#buffer = memory.buffer;
    this.#view = view;
    this.free = () => {
      if (this.#view === null) return;
      this.#view = null;
      release();
    };
    // What describes it inherits nothing: Object.prototype may have been written to.
    Object.defineProperty(this, SELF, { __proto__: null, value: () => this } as PropertyDescriptor);
  }

  /** The elements of an array of this class; undefined for every other value. */
  static viewOf(value: object): FloatArray | undefined {
    // Not by `instanceof`, which accepts proxies and heirs, whose private fields cannot be read.
    if (!(#view in value)) return undefined;
    if (value.#view === null) throw disposed();
    const { buffer } = value.#memory;
    if (value.#buffer !== buffer) {
      value.#buffer = buffer;
      value.#view = value.#type.viewOf(buffer as ArrayBufferLike, value.#address, value.length);
    }
    return value.#view;
  }

  static is(value: object): value is Allocated {
    return #view in value;
  }

  get view(): FloatArray {
    return Allocated.viewOf(this) ?? itself(this).view;
  }

  /** Reads each element from the current view, because the caller may grow memory in between. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let i = 0; i < this.length; i++) yield this.view[i];
  }

  toJSON(): number[] {
    return Array.from(this.view);
  }

  [DISPOSE](): void {
    this.free();
  }

  get [Symbol.toStringTag](): string {
    return "WasmArray";
  }
}

/** What a proxy of an array, or an object that inherits from one, stands for. */
const itself = (array: unknown): WasmArray => ((array as Branded)[SELF] as () => WasmArray)();

/** Makes an array of zeros, whose arguments have been checked. */
export type NewArray = (type: FloatType, length: number) => WasmArray;

export const inLinearMemory =
  (memory: LinearMemory): NewArray =>
  (type, length) => {
    const bytes = length * type.bytes;
    const address = memory.allocate(bytes);
    const view = type.viewOf(memory.buffer, address, length);
    view.fill(0);
    const { unfreed } = memory;
    unfreed.arrays++;
    unfreed.bytes += bytes;
    return new Allocated(memory, type, address, view, () => {
      unfreed.arrays--;
      unfreed.bytes -= bytes;
      memory.release(address);
    });
  };

const NO_MEMORY: Memory = { buffer: null };

export const inOrdinaryMemory: NewArray = (type, length) =>
  new Allocated(NO_MEMORY, type, 0, newFloats("alloc", type, length), () => undefined);

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

/** Whether a value is an array of this copy of the library, not behind a proxy: no code of the caller runs to read it. */
export const isOwnArray = (value: object): boolean => Allocated.is(value);

/** The elements of such an array; undefined for every other value. */
export const ownView = (value: object): FloatArray | undefined => Allocated.viewOf(value);

/** An array of another copy of the library, or one behind a proxy: what the caller has, and its elements as of now. */
export class Borrowed {
  readonly given: object;
  readonly view: FloatArray;

  constructor(given: object, view: FloatArray) {
    this.given = given;
    this.view = view;
  }
}

/** Undefined for every other value. Properties are read, which may be code of the caller. */
export function borrow(value: object): Borrowed | undefined {
  const self = (value as Branded)[SELF];
  if (typeof self !== "function") return undefined;
  const view: unknown = (self() as WasmArray | undefined)?.view;
  const type = floatTypeOf(view);
  return type === F32 || type === F64 ? new Borrowed(value, view as FloatArray) : undefined;
}

function disposed(): Error {
  return rangeError("ERR_DISPOSED", "WasmArray: expected an array that is still allocated, got one that was freed");
}
