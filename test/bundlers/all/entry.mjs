import { backend, crossEntropyGrad, softmax } from "softmax-wasm";
import { labels, logits, shape } from "./example.mjs";

globalThis.answer = {
  kind: backend().kind,
  p: Array.from(softmax(Float32Array.from(logits), { shape })),
  ...plain(crossEntropyGrad(Float32Array.from(logits), Int32Array.from(labels))),
};

function plain({ loss, grad }) {
  return { loss, grad: Array.from(grad) };
}
