/* global Response */
import * as library from "./library.workerd.mjs";
import * as threads from "./library.workerdThreads.mjs";
import { probe } from "./probe.mjs";
import { probePool } from "./probePool.mjs";
import * as shards from "./shards.workerd.mjs";

export default {
  fetch: async ({ url }) =>
    Response.json(new URL(url).pathname === "/threads" ? await probePool(library, threads) : probe(library, shards)),
};
