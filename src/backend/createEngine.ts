import type { BackendChoice } from "../arguments/options.js";
import { rangeError } from "../errors.js";
import { compiledEngine, type Engine, jsEngine } from "./engine.js";
import { instantiate, isAbsent } from "./source/inlined.js";
import { LastingEngine, reasonOf, standingIn } from "./standIn.js";

/** An engine of the asked backend. Throws ERR_BACKEND where WebAssembly is asked for and cannot be had. */
export function createEngine(choice: BackendChoice, standIn: Engine | null = null): Engine {
  if (choice === "js") return jsEngine("asked for");
  try {
    const { backend, exports } = instantiate();
    return compiledEngine(backend, exports);
  } catch (error) {
    const { reason, lacks } = reasonOf(error);
    if (choice === "wasm") throw rangeError("ERR_BACKEND", `backend: expected "wasm" to be possible, got: ${reason}`);
    return standingIn(standIn, reason, isAbsent() ? "compiler" : lacks);
  }
}

/** The engine of an instance of the asked backend. */
export const lastingEngine = (choice: BackendChoice): LastingEngine =>
  new LastingEngine((standIn) => createEngine(choice, standIn), isAbsent);
