const ROWS = 64;
const CLASSES = 50257;

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** Softmax of each row, computed in the worker. The array is transferred there and back, so nothing is copied. */
function softmaxInWorker(logits, shape) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ logits, shape }, [logits.buffer]);
  });
}

const logits = Float32Array.from({ length: ROWS * CLASSES }, (_, i) => (i % CLASSES === i % 97 ? 12 : i % 5));

// The page can draw in the meantime.
const { probabilities, kind } = await softmaxInWorker(logits, [ROWS, CLASSES]);

const sums = Array.from({ length: ROWS }, (_, r) =>
  probabilities.subarray(r * CLASSES, (r + 1) * CLASSES).reduce((sum, p) => sum + p, 0),
);
document.querySelector("#output").textContent = [
  `${ROWS} rows of ${CLASSES} classes`,
  `p[0, 0] = ${probabilities[0].toFixed(6)}`,
  `sums from ${Math.min(...sums).toFixed(4)} to ${Math.max(...sums).toFixed(4)}`,
  `computed by ${kind}, in a worker`,
].join("\n");
