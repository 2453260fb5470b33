// Nothing about the library: what isolates the pages, as threads need it, and where packages are.

import { fileURLToPath } from "node:url";

const headers = [
  { key: "cross-origin-opener-policy", value: "same-origin" },
  { key: "cross-origin-embedder-policy", value: "require-corp" },
];

export default {
  headers: async () => [{ source: "/:path*", headers }],
  turbopack: { root: fileURLToPath(new URL("..", import.meta.url)) },
};
