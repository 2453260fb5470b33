// Who else finds the k largest of each row, or draws a token of them: for ../commands/tokens.ts.
//
// A peer takes logits, rows x classes, in a typed array, and gives what chooses their classes, and frees what that holds.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { onnxGraph } from "../../test/e2e/peers/onnxModel.mjs";
import { installLocked } from "../../test/e2e/lockedPackages.mjs";

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL(".", import.meta.url));

const PEERS = {
  "tfjs-wasm": tfjs,
  "onnxruntime-web, 1 thread": async () => {
    const { default: ort } = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    return onnxruntime(ort, { executionProviders: ["wasm"] });
  },
  "onnxruntime-node, 1 thread": () =>
    onnxruntime(require("onnxruntime-node"), { executionProviders: ["cpu"], intraOpNumThreads: 1 }),
  "transformers.js": transformers,
};

/** All that can be had; why the others cannot is printed. */
export async function loadTokenPeers() {
  const failure = installLocked(here);
  if (failure) {
    console.log(`other libraries skipped: ${failure}`);
    return [];
  }
  const loaded = [];
  for (const [name, load] of Object.entries(PEERS)) {
    try {
      loaded.push({ name, ...(await load()) });
    } catch (error) {
      console.log(`${name} skipped: ${error.message}`);
    }
  }
  return loaded;
}

async function tfjs() {
  const tf = require("@tensorflow/tfjs-core");
  require("@tensorflow/tfjs-backend-wasm");
  await tf.setBackend("wasm");
  return {
    version: tf.version_core,
    topK: (x, [rows, cols], k) => ({
      choose() {
        const { values, indices } = tf.tidy(() => tf.topk(tf.tensor2d(x, [rows, cols]), k));
        values.dataSync();
        const chosen = indices.dataSync();
        values.dispose();
        indices.dispose();
        return Promise.resolve(chosen);
      },
      free: () => {},
    }),
  };
}

/** A session with a model of one node, made here. */
function onnxruntime(ort, options) {
  const model = onnxGraph({
    name: "topK",
    nodes: [{ operator: "TopK", inputs: ["x", "k"], outputs: ["values", "indices"], attributes: { axis: -1 } }],
    inputs: [
      { name: "x", type: "float32" },
      { name: "k", type: "int64", shape: [1] },
    ],
    outputs: [
      { name: "values", type: "float32" },
      { name: "indices", type: "int64" },
    ],
  });
  return {
    version: ort.env.versions.web ?? ort.env.versions.node,
    async topK(x, dims, k) {
      const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, ...options });
      const count = new ort.Tensor("int64", [BigInt(k)], [1]);
      return {
        async choose() {
          const { indices } = await session.run({ x: new ort.Tensor("float32", x, dims), k: count });
          return indices.data;
        },
        free: () => session.release(),
      };
    },
  };
}

/** Its sampler and its warper as its `generate` calls them, on a copy, since the warper writes to the logits. */
async function transformers() {
  const source = "./node_modules/@huggingface/transformers/src";
  // First, or the modules below meet each other half made.
  const { env, GenerationConfig, TemperatureLogitsWarper, Tensor } = await import(`${source}/transformers.js`);
  const { LogitsSampler } = await import(`${source}/generation/logits_sampler.js`);
  return {
    version: env.version,
    sample(x, dims, k, temperature) {
      const warp = new TemperatureLogitsWarper(temperature);
      const config = new GenerationConfig({ do_sample: true, num_beams: 1, top_k: k, temperature });
      const sampler = LogitsSampler.getSampler(config);
      return {
        async choose() {
          const scores = warp([], new Tensor("float32", x.slice(), dims));
          const tokens = [];
          for (let row = 0; row < dims[0]; row++) {
            const [[token]] = await sampler(scores[row]);
            tokens.push(token);
          }
          return tokens;
        },
        free: () => {},
      };
    },
  };
}
