/* global postMessage */
import * as library from "./library.browser.mjs";
import { probe } from "./probe.mjs";

postMessage(probe(library));
