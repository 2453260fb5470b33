/* global addEventListener, postMessage */
import "./announceWorkers.mjs";
import { checks } from "./checks.mjs";

addEventListener("message", ({ data }) => {
  checks[data]()
    .catch((error) => ({ error: String(error) }))
    .then((report) => postMessage({ report }));
});
