export const shape = [2, 3];
export const logits = [2, 1, -0.5, 0, 3, 1];
export const labels = [0, 1];

/** What a bundle answers. */
export function answerOf({ backend, crossEntropyGrad, softmax }) {
  const { loss, grad } = crossEntropyGrad(Float32Array.from(logits), Int32Array.from(labels));
  return {
    kind: backend().kind,
    p: Array.from(softmax(Float32Array.from(logits), { shape })),
    loss,
    grad: Array.from(grad),
  };
}
