import * as library from "softmax-wasm/js";
import * as shards from "softmax-wasm/shards";
import { probe } from "../probe.mjs";

console.log(JSON.stringify(probe(library, shards)));
