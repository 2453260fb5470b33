import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".map": "application/json",
  ".svg": "image/svg+xml",
};

/** Allows the page's own scripts and WebAssembly, and nothing from other hosts. */
const policyOf = (scripts) =>
  `default-src 'none'; script-src ${scripts}; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * Serves the folder, by default cross-origin isolated and under a policy that allows WebAssembly. Uses a free port if the
 * requested one is taken.
 */
export async function serveDemo(folder, { port = 0, isolated = true, wasm = true } = {}) {
  const headers = {
    "content-security-policy": policyOf(wasm ? "'self' 'wasm-unsafe-eval'" : "'self'"),
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    ...(isolated ? ISOLATION : {}),
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    // A normalized absolute path cannot leave the folder.
    const file = join(folder, normalize(decodeURIComponent(pathname)), pathname.endsWith("/") ? "index.html" : "");
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    return response.writeHead(200, { ...headers, "content-type": type }).end(readFileSync(file));
  });
  await listening(server, port).catch(() => listening(server, 0));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listening(server, port) {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
}
