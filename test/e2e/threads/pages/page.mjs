/* global fetch, location, Worker */
// Runs the check that `?context=` names, here or in a worker, and posts what it found to `?report=`.

import { checks } from "./checks.mjs";

const inWorker = (name) =>
  new Promise((resolve, reject) => {
    const worker = new Worker("checksInWorker.mjs", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message ?? "the worker's script did not load"));
    worker.postMessage(name);
  });

const query = new URL(location.href).searchParams;
const [name, where] = query.get("context").split(" ");
const report = await (where === "worker" ? inWorker(name) : checks[name]()).catch((error) => ({
  error: String(error),
}));
await fetch(query.get("report"), { method: "POST", body: JSON.stringify(report) });
