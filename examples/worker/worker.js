// By its path: a page's import map does not reach its workers. With a bundler it is `from "softmax-wasm"`.
import { backend, softmax } from "./node_modules/softmax-wasm/dist/index.js";

globalThis.onmessage = ({ data: { logits, shape } }) => {
  try {
    const probabilities = softmax(logits, { shape, out: logits });
    postMessage({ probabilities, kind: backend().kind }, [probabilities.buffer]);
  } catch (error) {
    postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
};
