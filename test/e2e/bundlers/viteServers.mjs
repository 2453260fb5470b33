import * as vite from "vite";
import { ISOLATION } from "../hosts/pageServer.mjs";

const headersOf = (policy) => (policy === "isolated" ? ISOLATION : {});

/** The built site, as `vite preview` serves it. */
export async function previewAddress(root, policy) {
  const server = await vite.preview({ root, logLevel: "error", preview: { headers: headersOf(policy) } });
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}

/** The sources, as `vite` serves them to who works on them: dependencies are bundled ahead. */
export async function devAddress(root, policy) {
  const server = await vite.createServer({ root, logLevel: "error", server: { headers: headersOf(policy) } });
  await server.listen();
  return { address: server.resolvedUrls.local[0], close: () => server.close() };
}
