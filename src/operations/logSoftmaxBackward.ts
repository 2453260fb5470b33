import { logSoftmaxBackward as js } from "../backend/js/logSoftmaxBackward.js";
import type { Engine } from "../backend/engine.js";
import type { Kernel } from "../backend/kernel.js";
import { answer } from "../execute.js";
import type { Call } from "../call.js";
import { backwardCall } from "./backward.js";

export const kernel: Kernel = { compiled: (kernels, call) => kernels.logSoftmaxBackward(call), js };

export const callOf = (engine: Engine, y: unknown, dy: unknown, options: unknown): Call =>
  backwardCall(engine, kernel, y, dy, options, -Infinity);

export const on = (engine: Engine) => (y: unknown, dy: unknown, options?: unknown) =>
  answer(engine, callOf(engine, y, dy, options));
