// What a page has beside user.ts.

import { crossEntropyGrad, softmax } from "softmax-wasm";
import { createPool } from "softmax-wasm/threads";

declare const x: Float32Array;

export async function sent(): Promise<unknown> {
  const blob = new Blob([softmax(x)]);
  const response = new Response(crossEntropyGrad(x, [0]).grad);
  const digest = await crypto.subtle.digest("SHA-256", softmax(x));
  const pool = await createPool({ worker: () => new Worker("worker.js") });
  return [blob, response, digest, pool];
}
