/* global setTimeout */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

/** What makes a page cross-origin isolated. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const policy = (text) => ({ "content-security-policy": text });

// The headers, by the first folder of the address.
const POLICIES = {
  free: {},
  strict: policy("script-src 'self'"),
  "wasm-unsafe-eval": policy("script-src 'self' 'wasm-unsafe-eval'"),
  isolated: ISOLATION,
  "isolated-wasm-unsafe-eval": { ...ISOLATION, ...policy("script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'") },
};

/** Serves the folder under each policy, and takes the reports that its pages post. */
export async function servePages(folder) {
  const waiting = new Map();

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (request.method === "POST") void takeReport(request, response, pathname);
    else answerFile(response, pathname);
  });

  async function takeReport(request, response, pathname) {
    let text = "";
    for await (const chunk of request) text += chunk;
    response.end();
    waiting.get(pathname)?.(JSON.parse(text));
  }

  function answerFile(response, pathname) {
    const [, policy, ...path] = pathname.split("/");
    const file = join(folder, ...path);
    if (!(policy in POLICIES) || !existsSync(file)) return response.writeHead(404).end();
    const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...POLICIES[policy] };
    return response.writeHead(200, headers).end(readFileSync(file));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;

  return {
    /** Where a file of the folder is. */
    addressOf: (path, policy = "free") => `${origin}/${policy}/${path}`,

    /** What the page reports, once `open` has brought its address to a browser. */
    async reportOf(context, policy, open) {
      const path = `/report/${waiting.size}`;
      const reported = new Promise((resolve, reject) => {
        waiting.set(path, resolve);
        setTimeout(reject, 60_000, new Error("no report within a minute")).unref();
      });
      reported.catch(() => undefined);
      await open(`${origin}/${policy}/page.html?context=${context}&report=${path}`);
      const report = await reported;
      if (report.error) throw new Error(report.error);
      return report;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
