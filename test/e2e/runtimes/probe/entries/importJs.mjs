import * as library from "softmax-wasm/js";
import { probe } from "../probe.mjs";

console.log(JSON.stringify(probe(library)));
