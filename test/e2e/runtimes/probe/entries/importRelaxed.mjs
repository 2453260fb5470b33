import * as library from "softmax-wasm/relaxed";
import { probe } from "../probe.mjs";

console.log(JSON.stringify(probe(library)));
