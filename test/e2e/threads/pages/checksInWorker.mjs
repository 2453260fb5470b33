/* global addEventListener, postMessage */
import { checks } from "./checks.mjs";

addEventListener("message", ({ data }) => {
  checks[data]().then(postMessage, (error) => postMessage({ error: String(error) }));
});
