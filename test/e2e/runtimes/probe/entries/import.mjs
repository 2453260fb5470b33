import * as library from "softmax-wasm";
import { probe } from "../probe.mjs";

console.log(JSON.stringify(probe(library)));
