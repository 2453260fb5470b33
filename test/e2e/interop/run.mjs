// Tensors of the real libraries through softmax-wasm/interop, and their types.

import { readyBeside, runNode } from "../besideLibraries.mjs";

readyBeside("interop");
runNode("--test-reporter=spec", "test/e2e/interop/tensors.mjs");
runNode("node_modules/typescript/bin/tsc", "-p", "test/e2e/interop");
console.log("the types accept the libraries' own: checked");
