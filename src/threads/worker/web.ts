// The worker of browsers, classic or module: the global scope is the port.

import { serve } from "./loop.js";

const scope = globalThis as unknown as {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
};

serve({
  post: (message) => scope.postMessage(message),
  listen: (take) => scope.addEventListener("message", ({ data }) => take(data)),
  lock: (name) =>
    new Promise((resolve, reject) => {
      navigator.locks
        .request(name, () => {
          resolve();
          return new Promise(() => undefined);
        })
        .catch(reject);
    }),
});
