// Plain arrays whose numbers are written to staging as they are read. Copying them first would take as long as the
// computation.

import type { Engine } from "../backend/engine.js";
import { F64 } from "../floatType.js";
import type { Form } from "../form.js";
import { NOT_YET, type Placed } from "../memory/placed.js";
import { fitsAtOnce } from "../plan.js";
import { readFloats, sizeOfPlain, writePlain } from "./arrays.js";
import type { Layout } from "./shape.js";

/** The numbers of a plain array where a plain call has its elements in staging (execute.ts), if they have room there. */
export function readStaged(engine: Engine, name: string, value: readonly unknown[]): Placed {
  const { memory, staging } = engine;
  const { form, length } = sizeOfPlain(value);
  if (!fitsAtOnce(F64, { rows: 1, cols: length, inner: 1 })) return readFloats(memory, name, value);
  const { address, uses } = staging;
  const { f64 } = memory;
  writePlain(name, f64, address >>> 3, value, form, length);
  if (isSpoiled(engine, uses, f64)) return readFloats(memory, name, value);
  return { type: F64, length, offset: 0, address, array: NOT_YET, form };
}

/**
 * Whether execution makes the result in its form, straight from the staging of a plain call. A call with any option is
 * not a plain call.
 */
export const isMadeAtOnce = (
  { defers }: Engine,
  { type, length }: Placed,
  form: Form | null,
  layout: Layout,
): boolean => form !== null && !defers && length > 0 && fitsAtOnce(type, layout);

/**
 * Whether staging has been used or moved since it had `uses` uses and linear memory was seen through `f64`: reading an
 * element may run code of the caller, which may call the library.
 */
export const isSpoiled = ({ memory, staging }: Engine, uses: number, f64: Float64Array): boolean =>
  staging.uses !== uses || memory.f64 !== f64;
