// The differential tests.

import { readyBeside, runNode } from "../besideLibraries.mjs";

readyBeside("peers");
// tsx reads the tests' own TypeScript, and resolves the gradients of TensorFlow.js.
runNode("--import", "tsx", "--test-reporter=spec", "test/e2e/peers/differential.mjs");
