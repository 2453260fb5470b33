/* global postMessage, Worker */
// Says before and after each worker that is made from here: making one can block (page.mjs).

globalThis.Worker = new Proxy(Worker, {
  construct(Original, args) {
    postMessage({ isMakingWorker: true });
    const worker = new Original(...args);
    postMessage({ isMakingWorker: false });
    return worker;
  },
});
