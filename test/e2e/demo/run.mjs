// Uses the demo in real browsers, as its readers do. The last line is a count.

import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";

// Before the import of what needs it.
const failure = installLocked(fileURLToPath(new URL(".", import.meta.url)));
if (failure) {
  console.log(`skipped: Playwright's driver cannot be had: ${failure}`);
} else {
  const { testDemo } = await import("./testDemo.mjs");
  process.exitCode = (await testDemo(process.argv.slice(2))) ? 0 : 1;
}
