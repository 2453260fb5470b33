import type { BackendChoice } from "../arguments/options.js";
import { rangeError } from "../errors.js";
import { compiledEngine, type Engine, jsEngine } from "./engine.js";
import { instantiate } from "./source/inlined.js";

/** An engine of the asked backend. Throws ERR_BACKEND where WebAssembly is asked for and cannot be had. */
export function createEngine(choice: BackendChoice): Engine {
  if (choice === "js") return jsEngine("asked for");
  try {
    const { backend, exports } = instantiate();
    return compiledEngine(backend, exports);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (choice === "wasm") throw rangeError("ERR_BACKEND", `backend: expected "wasm" to be possible, got: ${reason}`);
    return jsEngine(reason);
  }
}
