/* global clearTimeout, fetch, location, setTimeout, Worker */
// Runs the check that `?context=` names, here or in a worker, and posts what it found to `?report=`.

import { checks } from "./checks.mjs";

/** A worker that has not been made by then never is. */
const MAKING_MS = 5000;

const inWorker = (name) =>
  new Promise((resolve, reject) => {
    const worker = new Worker("checksInWorker.mjs", { type: "module" });
    let timer;
    worker.onmessage = ({ data }) => {
      if ("report" in data) return resolve(data.report);
      clearTimeout(timer);
      if (data.isMakingWorker) timer = setTimeout(resolve, MAKING_MS, { isBlocked: true });
    };
    worker.onerror = ({ message }) => reject(new Error(message ?? "the worker's script did not load"));
    worker.postMessage(name);
  });

const query = new URL(location.href).searchParams;
const [name, where] = query.get("context").split(" ");
const report = await (where === "worker" ? inWorker(name) : checks[name]()).catch((error) => ({
  error: String(error),
}));
await fetch(query.get("report"), { method: "POST", body: JSON.stringify(report) });
