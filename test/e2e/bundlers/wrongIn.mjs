import { labels, logits, shape } from "./all/example.mjs";

// Four units in the last place of f32, as the library promises; the textbook is computed in f64.
const TOLERANCE = 4 * 2 ** -23;

/** What is wrong with a bundle's answer, or undefined; `kind` is the backend that belongs there. */
export function wrongIn(answer, kind = "wasm") {
  if (answer?.kind !== kind) return `backend ${answer?.kind}`;
  const { p, loss, grad } = textbook();
  const close = (a, b) => Math.abs(a - b) <= TOLERANCE * Math.abs(b);
  const allClose = (a, b) => a.length === b.length && a.every((value, i) => close(value, b[i]));
  if (!allClose(answer.p, p)) return `p = ${answer.p}`;
  if (!close(answer.loss, loss)) return `loss = ${answer.loss}`;
  if (!allClose(answer.grad, grad)) return `grad = ${answer.grad}`;
  return undefined;
}

/** The same of a pool of two in an isolated page. */
export function wrongInPool(answer) {
  const wrong = wrongIn(answer);
  if (wrong) return wrong;
  if (answer.threads !== 2) return `${answer.threads} threads: ${answer.reason}`;
  return answer.same ? undefined : "workers have other values than the calling thread";
}

function textbook() {
  const [rows, cols] = shape;
  const p = [];
  for (let r = 0; r < rows; r++) {
    const e = logits.slice(r * cols, (r + 1) * cols).map(Math.exp);
    const sum = e.reduce((a, b) => a + b);
    p.push(...e.map((value) => value / sum));
  }
  const loss = labels.reduce((sum, y, r) => sum - Math.log(p[r * cols + y]), 0) / rows;
  const grad = p.map((value, i) => (value - (i % cols === labels[Math.floor(i / cols)] ? 1 : 0)) / rows);
  return { p, loss, grad };
}
