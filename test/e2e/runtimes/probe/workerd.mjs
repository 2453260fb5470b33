/* global Response */
import * as library from "./library.workerd.mjs";
import * as linear from "./linear.workerd.mjs";
import * as threads from "./library.workerdThreads.mjs";
import { probe } from "./probe.mjs";
import { probeLinear } from "./probeLinear.mjs";
import { probePool } from "./probePool.mjs";
import * as shards from "./shards.workerd.mjs";

const probes = {
  "/": () => probe(library, shards),
  "/threads": () => probePool(library, threads, linear),
  "/linear": () => probeLinear(library, linear),
};

export default {
  fetch: async ({ url }) => Response.json(await probes[new URL(url).pathname]()),
};
