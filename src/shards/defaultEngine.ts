import type { Engine } from "../backend/engine.js";
import { engineOf } from "../backend/engine.js";
import { backend } from "../index.js";

/** The engine of the library's default instance, whose memory is the one that users have arrays in. */
export const defaultEngine = (): Engine => engineOf(backend()) as Engine;
