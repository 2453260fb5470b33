import type { Inside } from "../../threads/inside.js";
import type { Prepare } from "../functions.js";
import { LayerJob } from "./layerJob.js";

/** A function on a pool. */
export const onPool =
  (pool: Inside, prepare: Prepare) =>
  async (x: unknown, layer: unknown, ...more: unknown[]): Promise<unknown> => {
    const engine = pool.engine();
    const call = prepare(engine, x, layer, ...more);
    await pool.execute(new LayerJob(call), engine);
    return call.result();
  };
