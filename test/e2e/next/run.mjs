// Builds and serves a project of Next.js that uses the packed library on the server, in a page, in a worker and on threads.

import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";

// Before the import of what needs it.
const failure = installLocked(fileURLToPath(new URL(".", import.meta.url)));
if (failure) {
  console.log(`skipped: Next.js cannot be had: ${failure}`);
} else {
  const { tryProject } = await import("./tryProject.mjs");
  process.exitCode = (await tryProject()) ? 0 : 1;
}
