// The rows of logits that are evaluated. Every process can make them by itself, as each machine would read its own
// files.

export const ROWS = 96;
export const CLASSES = 20_000;
/** The rows of a job, and its part of their classes. */
export const ROWS_OF_JOB = 24;
export const PIECES = 5;

export const labelOf = (row) => (row % 11 === 5 ? -100 : (row * 7919) % CLASSES);

/** Logits of rows and classes, the same on every machine. */
export function logitsOf(firstRow, rows, firstClass, classes) {
  const x = new Float32Array(rows * classes);
  for (let i = 0; i < x.length; i++) {
    const row = firstRow + Math.floor(i / classes);
    const c = firstClass + (i % classes);
    let h = Math.imul(row * CLASSES + c + 1, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    x[i] = ((h ^ (h >>> 13)) >> 8) / 2 ** 20;
    if (c === labelOf(row) && row % 3 !== 0) x[i] = row % 3 === 1 ? 7.9 : 30;
  }
  return x;
}

export const labelsOf = (firstRow, rows) => Int32Array.from({ length: rows }, (_, r) => labelOf(firstRow + r));
