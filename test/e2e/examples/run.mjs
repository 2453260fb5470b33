// Runs each example on the packed library and compares what it prints with examples/README.md. `node
// test/e2e/examples/run.mjs vite` runs those whose names hold a word. The last line is a count.

import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";

// Before the import of what needs it.
const missing = installLocked(fileURLToPath(new URL(".", import.meta.url)));
if (missing) console.log(`only what needs no other package: ${missing}`);
const { testExamples } = await import("./testExamples.mjs");
process.exitCode = (await testExamples(process.argv.slice(2), missing)) ? 0 : 1;
