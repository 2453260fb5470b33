import { softmax as js } from "../backend/js/softmax.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { rowCall } from "./rows.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.softmax(call), js, keepsAbsent: true };

export const callOf = (engine: Engine, x: unknown, options: unknown): Call =>
  rowCall(engine, kernel, x, options, false, 0);

export const on = (engine: Engine) => (x: unknown, options?: unknown) => answer(engine, callOf(engine, x, options));
