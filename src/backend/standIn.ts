// JavaScript that stands in for WebAssembly, where that may pass: memory was lacking, or a startup snapshot is being built, in
// which there is no WebAssembly yet. The next call tries again.

import { type Engine, jsEngine, type Lack } from "./engine.js";

/** While a startup snapshot is built there is none; it is available later. */
export const hasNoWebAssembly = (): boolean => typeof WebAssembly !== "object";

/**
 * Why something cannot be had, and what to do where memory is lacking: hosts say "Out of memory", "could not allocate memory".
 *
 * @param next What tries again.
 */
export function reasonOf(error: unknown, next: "call" | "pool" = "call"): { reason: string; lacks: Lack | null } {
  const message = error instanceof Error ? error.message : String(error);
  const isAboutCode = error instanceof Error && error.name === "CompileError";
  if (isAboutCode || !/\bmemory\b/i.test(message)) return { reason: message, lacks: null };
  const advice = "let go of instances that are not used, terminate pools, or share one";
  return { reason: `${message}. To free memory ${advice}; the next ${next} tries again`, lacks: "memory" };
}

/**
 * A JavaScript engine with the given reason: the one that already stands in, if it does so for the same lack, else a
 * new one.
 */
export const standingIn = (standIn: Engine | null, reason: string, lacks: Lack | null): Engine =>
  standIn !== null && standIn.lacks === lacks ? standIn : jsEngine(reason, lacks);

/** An attempt makes the host collect garbage more than once, which takes seconds if there are a million objects. */
const MOST_PATIENCE = 10;

/** The engine of an instance: the one that was made first, unless it stands in for a better one. */
export class LastingEngine {
  private readonly make: (standIn: Engine | null) => Engine;
  private readonly isAbsent: () => boolean;
  private engine: Engine | null = null;
  private failures = 0;
  private notBefore = 0;

  /**
   * `make` gives a new engine, or the one that stands in. `isAbsent`: whether there is nothing that could compile.
   */
  constructor(make: (standIn: Engine | null) => Engine, isAbsent: () => boolean) {
    this.make = make;
    this.isAbsent = isAbsent;
  }

  /** The engine to use now. */
  now(): Engine {
    const { engine } = this;
    if (engine !== null && !this.mayBeBetter(engine)) return engine;
    // Not before an attempt has failed: Node loads its clock when it is first asked for the time, which takes a millisecond.
    const isTimed = this.failures > 0;
    const begin = isTimed ? time() : 0;
    const made = this.make(engine);
    this.engine = made;
    if (made.lacks === "memory") {
      // Retry at once after the first failure, and later after each further one: calls should compute, not wait.
      if (isTimed) {
        const end = time();
        this.notBefore = end + Math.min(this.failures, MOST_PATIENCE) * (end - begin);
      }
      this.failures++;
    }
    return made;
  }

  /** Whether another attempt is worth its time. */
  private mayBeBetter({ lacks }: Engine): boolean {
    return lacks === "compiler" ? !this.isAbsent() : lacks === "memory" && time() >= this.notBefore;
  }
}

/** Milliseconds; 0 in hosts without a clock, which try each time. */
function time(): number {
  return typeof performance === "object" ? performance.now() : 0;
}
