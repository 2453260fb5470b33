import type { Engine } from "../backend/engine.js";
import type { Job } from "./jobs/job.js";

/** What the package's other entries need of a pool. */
export interface Inside {
  /** The engine of a call that is made now. Throws where the pool was terminated. */
  engine(): Engine;
  /** Settles when a job, made for that engine, is executed; undefined where it already is. */
  execute(job: Job, engine: Engine): Promise<void> | undefined;
}

/** Where they find it, whichever copy of this file made the pool: not enumerable, so that a pool's copies have none. */
const INSIDE = /* @__PURE__ */ Symbol.for("softmax-wasm.pool");

interface Branded {
  readonly [INSIDE]?: () => Inside;
}

/** Undefined for what is no pool. */
export const insideOf = (pool: object): Inside | undefined => (pool as Branded)[INSIDE]?.();

export function withInside<T extends object>(inside: Inside, pool: T): T {
  // What describes it inherits nothing: Object.prototype may have been written to.
  return Object.defineProperty(pool, INSIDE, { __proto__: null, value: () => inside } as PropertyDescriptor);
}
