// The loss of softmax-wasm/tfjs in the real TensorFlow.js: its results, its types, and what it costs.

import { readyBeside, runNode } from "../besideLibraries.mjs";

readyBeside("tfjs");
runNode("--test-reporter=spec", "test/e2e/tfjs/training.mjs");
runNode("node_modules/typescript/bin/tsc", "-p", "test/e2e/tfjs");
console.log("the types accept TensorFlow.js's own: checked");
runNode("test/e2e/tfjs/cost.mjs");
