import * as library from "softmax-wasm";
import * as linear from "softmax-wasm/linear";
import * as threads from "softmax-wasm/threads";
import { probePool } from "../probePool.mjs";

console.log(JSON.stringify(await probePool(library, threads, linear)));
