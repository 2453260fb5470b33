import * as vite from "vite";

/** The built site, as `vite preview` serves it. */
export async function previewAddress(root) {
  const server = await vite.preview({ root, logLevel: "error" });
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}

/** The sources, as `vite` serves them to who works on them: dependencies are bundled ahead. */
export async function devAddress(root) {
  const server = await vite.createServer({ root, logLevel: "error" });
  await server.listen();
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}
