// Peak memory, of a process for each.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const child = fileURLToPath(new URL("memoryOf.mjs", import.meta.url));

/** A language model's batch: 98 MiB of logits, and as much of gradient. */
const SHAPE = "512x50257";

const CANDIDATES = [
  "naive JS",
  "softmax-wasm copying",
  "softmax-wasm resident",
  "tfjs-wasm copying",
  "tfjs-wasm composed copying",
  "onnxruntime-web copying",
  "onnxruntime-node copying",
  "jax-js copying",
];

/** MiB above the process as it was before it made its logits; both arrays are part of them. */
export function measureMemory() {
  const [rows, cols] = SHAPE.split("x").map(Number);
  const peaks = CANDIDATES.map((name) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", child, name, SHAPE], {
      encoding: "utf8",
    });
    if (status === 0) return { name, ...JSON.parse(stdout) };
    return { name, failed: /Error: .*/.exec(stderr)?.[0] ?? `ended with ${status}` };
  });
  return { shape: SHAPE, work: "crossEntropyGrad", arrayMiB: (4 * rows * cols) / 2 ** 20, peaks };
}
