import { linearOn } from "softmax-wasm/linear";
import * as library from "softmax-wasm/relaxed";
import { probeLinear } from "../probeLinear.mjs";

console.log(JSON.stringify(probeLinear(library, linearOn(library))));
