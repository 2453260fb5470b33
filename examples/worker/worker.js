// By path, because a page's import map does not apply to its workers. With a bundler, import "softmax-wasm".
import { backend, softmax } from "./node_modules/softmax-wasm/dist/index.js";

globalThis.onmessage = ({ data: { logits, shape } }) => {
  try {
    const probabilities = softmax(logits, { shape, out: logits });
    postMessage({ probabilities, kind: backend().kind }, [probabilities.buffer]);
  } catch (error) {
    postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
};
