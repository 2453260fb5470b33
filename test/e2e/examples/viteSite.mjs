import { npmRun } from "./npmRun.mjs";

/** The site that the example's own `npm run build` makes, served as its `npm run preview` does. */
export async function viteSite(folder) {
  npmRun(folder, "build");
  const { preview } = await import("vite");
  const server = await preview({ root: folder, logLevel: "error", preview: { port: 0 } });
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}
