// What Node has beside user.ts.

import { writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { softmax } from "softmax-wasm";
import { createPool } from "softmax-wasm/threads";

declare const x: Float32Array;

export async function written(): Promise<unknown> {
  writeFileSync("p.bin", softmax(x));
  return createPool({ worker: () => new Worker("worker.js") });
}
