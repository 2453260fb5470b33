// Who is compared with. Each is loaded where it is wanted: the runtimes are large, and one may be missing.
//
// A peer has a version, and two ways to enter a field: `copying`, from a typed array to a typed array, and `resident`,
// from where it keeps its data to where it keeps its data. Each takes a work and a problem, and gives competitors and
// what frees what they hold.

import { availableParallelism } from "node:os";

const threads = availableParallelism();
const several = threads > 1 ? [threads] : [];
const named = (name, count) => (count === 1 ? name : `${name}, ${count} threads`);
const runtimes = (name, load) =>
  [1, ...several].map((count) => ({ name: named(name, count), load: () => load(named(name, count), count) }));

export const PEERS = [
  { name: "tfjs-wasm", load: async () => (await import("./tfjs.mjs")).load() },
  ...runtimes("onnxruntime-web", async (name, count) => (await import("./ort.mjs")).loadWeb(name, count)),
  ...runtimes("onnxruntime-node", async (name, count) => (await import("./ort.mjs")).loadNode(name, count)),
  { name: "jax-js", load: async () => (await import("./jax.mjs")).load() },
  { name: "transformers.js", load: async () => (await import("./transformers.mjs")).load() },
  { name: "native C", load: async () => (await import("./native.mjs")).load() },
];

/** All that load; the others' reasons are printed. */
export async function loadPeers() {
  const loaded = [];
  for (const { name, load } of PEERS) {
    try {
      loaded.push({ name, ...(await load()) });
    } catch (error) {
      console.log(`${name} skipped: ${error.message}`);
    }
  }
  return loaded;
}
