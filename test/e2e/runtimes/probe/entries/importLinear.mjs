import * as library from "softmax-wasm";
import * as linear from "softmax-wasm/linear";
import { probeLinear } from "../probeLinear.mjs";

console.log(JSON.stringify(probeLinear(library, linear)));
