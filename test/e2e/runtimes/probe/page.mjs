/* global AudioWorkletNode, fetch, location, OfflineAudioContext, Worker */
// Runs the probe where `?context=` says and posts the report to `?report=`, so that nothing but an address has to be
// handed to a browser: no script of the driver, which a content security policy might refuse.

const inPage = async (...entries) => {
  const [{ probe }, library, shards] = await Promise.all(["./probe.mjs", ...entries].map((entry) => import(entry)));
  return probe(library, shards);
};

const contexts = {
  page: () => inPage("./library.browser.mjs", "./shards.browser.mjs"),

  pageJs: () => inPage("./library.browserJs.mjs", "./shards.browserJs.mjs"),

  pageRelaxed: () => inPage("./library.browserRelaxed.mjs", "./shards.browser.mjs"),

  pageThreads: async () => {
    const [library, threads, linear, { probePool }] = await Promise.all([
      import("./library.browser.mjs"),
      import("./library.browserThreads.mjs"),
      import("./linear.browser.mjs"),
      import("./probePool.mjs"),
    ]);
    return probePool(library, threads, linear);
  },

  worker: () =>
    new Promise((resolve, reject) => {
      const worker = new Worker("worker.mjs", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message ?? "the worker's script did not load"));
    }),

  worklet: async () => {
    const context = new OfflineAudioContext(1, 128, 44100);
    await context.audioWorklet.addModule("worklet.mjs");
    return new Promise((resolve, reject) => {
      const node = new AudioWorkletNode(context, "probe");
      node.port.onmessage = ({ data }) => resolve(data);
      node.onprocessorerror = () => reject(new Error("the processor threw"));
      node.connect(context.destination);
      context.startRendering().catch(reject);
    });
  },
};

const query = new URL(location.href).searchParams;
const report = await contexts[query.get("context")]().catch((error) => ({ error: String(error) }));
await fetch(query.get("report"), { method: "POST", body: JSON.stringify(report) });
