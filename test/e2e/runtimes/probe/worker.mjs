/* global postMessage */
import * as library from "./library.browser.mjs";
import * as shards from "./shards.browser.mjs";
import { probe } from "./probe.mjs";

postMessage(probe(library, shards));
