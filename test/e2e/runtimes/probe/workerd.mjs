/* global Response */
import * as library from "./library.workerd.mjs";
import { probe } from "./probe.mjs";

export default {
  fetch: () => Response.json(probe(library)),
};
