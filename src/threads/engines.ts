// The engines of a pool. Workers, and the calling thread for ordinary arrays, compute on memory of their own: a copy between
// ordinary memory takes a quarter of the time of one to or from memory that threads share. For the arrays of `alloc` the
// calling thread has a second engine, on shared memory, so that it computes on them in place and workers read them.

import shared from "../../build/shared.js";
import simd from "../../build/simd.js";
import { fromHex, patched } from "../backend/bytes.js";
import { compiledEngine, type Engine } from "../backend/engine.js";
import { hasNoWebAssembly, LastingEngine, reasonOf, standingIn } from "../backend/standIn.js";

/** What the module for shared memory is compiled with (asconfig.json), and all that addresses reach. */
const PAGES = 5;
const MAX_PAGES = 65536;
/** Less than 256 MiB is not worth asking for. */
const LEAST_MAX_PAGES = 4096;

const BACKEND = { kind: "wasm", variant: "simd" } as const;

/** The module that `ownEngine` takes, in a form that can be sent to workers. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return fromHex(simd);
}

/** An engine on ordinary memory. */
export function ownEngine(module: BufferSource): Engine {
  return compiledEngine(BACKEND, new WebAssembly.Instance(new WebAssembly.Module(module)).exports);
}

/** The same, or where there is no WebAssembly the kernels in JavaScript, which give the same bits. */
export const ownEngineOrJs = (module: BufferSource): LastingEngine =>
  new LastingEngine((standIn) => {
    try {
      return ownEngine(module);
    } catch (error) {
      const { reason, lacks } = reasonOf(error);
      return standingIn(standIn, reason, hasNoWebAssembly() ? "compiler" : lacks);
    }
  }, hasNoWebAssembly);

/** An engine on shared memory, of calls that are executed later than they are made. Throws where it cannot be had. */
export function sharedEngine(plain: Uint8Array): Engine {
  const memory = newSharedMemory();
  const module = new WebAssembly.Module(sharedBytes(plain));
  return {
    ...compiledEngine(BACKEND, new WebAssembly.Instance(module, { env: { memory } }).exports, memory),
    defers: true,
  };
}

/** The text alone on its line, for the sake of errors of other lines. */
function sharedBytes(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  return patched(plain, fromHex(shared));
}

/** Shared memory has to be promised ahead: half as much, where so much cannot be. */
export function newSharedMemory(): WebAssembly.Memory {
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: PAGES, maximum, shared: true });
    } catch (error) {
      if (maximum <= LEAST_MAX_PAGES) throw error;
    }
  }
}
