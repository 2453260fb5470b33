// The worker as Node starts it: `new Worker` of node:worker_threads.

import { parentPort } from "node:worker_threads";
import { serve } from "./serve.js";

if (parentPort !== null) {
  const port = parentPort;
  serve({ post: (message) => port.postMessage(message), listen: (take) => port.on("message", take) });
}
