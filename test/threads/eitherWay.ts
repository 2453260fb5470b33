// Which way calls go, whatever has been measured.

import { type MockInstance, vi } from "vitest";
import { Measured } from "../../src/threads/jobs/measured.js";
import { Workers } from "../../src/threads/workers.js";

/** From now on large calls go to workers; false for none. */
export function preferWorkers(prefers = true): void {
  vi.spyOn(Measured.prototype, "prefersWorkers").mockReturnValue(prefers);
}

/** Sees the tasks that workers are given. */
export const spyOnTasks = (): MockInstance<Workers["work"]> => vi.spyOn(Workers.prototype, "work");
