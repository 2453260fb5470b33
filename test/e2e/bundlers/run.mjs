// Lets each bundler take the packed library, unconfigured, and runs what comes out.

import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";

// Before the import of what needs it.
const failure = installLocked(fileURLToPath(new URL(".", import.meta.url)));
if (failure) {
  console.log(`skipped: the bundlers cannot be had: ${failure}`);
} else {
  const { bundleAll } = await import("./bundleAll.mjs");
  process.exitCode = (await bundleAll()) ? 0 : 1;
}
