// The worker of Node: what `new Worker` of node:worker_threads runs.

import { parentPort } from "node:worker_threads";
import { serve } from "./loop.js";

if (parentPort !== null) {
  const port = parentPort;
  serve({
    post: (message) => port.postMessage(message),
    listen: (take) => port.on("message", take),
    // Node says when a worker ends.
    lock: () => Promise.resolve(),
  });
}
