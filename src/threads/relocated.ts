import wasm, { base, limits, steps } from "../../build/threads.js";
import { fromPrintable } from "../printable.js";
import { instantiateBytes } from "./instantiateBytes.js";

/** The lowest address for the data of an instance. */
export const FIRST_DATA = base;
/** Where the last one's has to end. */
export const END_OF_DATA = 1 << 20;

const SHARED = 3;
const NOT_SHARED = 1;

/**
 * The bytes of the kernels' module with its data at an address of its own, a multiple of 16, so that instances on one
 * memory have none in common (scripts/relocatable.mjs). `shared`: whether the memory is.
 */
export function relocated(address: number, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = fromPrintable(wasm);
  bytes[limits] = shared ? SHARED : NOT_SHARED;
  let at = 0;
  for (const step of steps) {
    at += step;
    const moved = (bytes[at] & 0x7f) + ((bytes[at + 1] & 0x7f) << 7) + (bytes[at + 2] << 14) + address - base;
    bytes[at] = (moved & 0x7f) | 0x80;
    bytes[at + 1] = ((moved >> 7) & 0x7f) | 0x80;
    bytes[at + 2] = moved >> 14;
  }
  return bytes;
}

/** An instance with its data there. Throws where it cannot be had. */
export function instantiateAt(address: number, shared: boolean, memory: WebAssembly.Memory): WebAssembly.Exports {
  return instantiateBytes(relocated(address, shared), memory);
}
