import { entropy as js } from "../backend/js/entropy.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { rowCall } from "./rows.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.entropy(call), js };

export const callOf = (engine: Engine, x: unknown, options: unknown): Call =>
  rowCall(engine, kernel, x, options, true, 0);

export const on = (engine: Engine) => (x: unknown, options?: unknown) => answer(engine, callOf(engine, x, options));
