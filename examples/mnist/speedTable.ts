import type { Training } from "./train.js";

const HEADINGS = ["seconds in the loss", "ns per element", "naive ÷ this", "test accuracy"];

/** The lines of a table with one training each; times are compared with those of `naive`. */
export function speedTable(trainings: readonly Training[], naive: Training): string[] {
  return [
    row("backend", HEADINGS),
    ...trainings.map(({ name, lossSeconds, elements, accuracy }) =>
      row(name, [
        lossSeconds.toFixed(3),
        ((1e9 * lossSeconds) / elements).toFixed(1),
        (naive.lossSeconds / lossSeconds).toFixed(2),
        `${(100 * accuracy).toFixed(2)} %`,
      ]),
    ),
  ];
}

function row(name: string, cells: readonly string[]): string {
  return [name.padEnd(16), ...cells.map((cell, i) => cell.padStart(HEADINGS[i].length))].join("  ");
}
