import type { Seconds, Training } from "./train.js";

const HEADINGS = ["epochs", "seconds", "images", "steps", "tests", "naive ÷ this: steps", "all", "test accuracy"];

export const total = ({ images, steps, tests }: Seconds): number => images + steps + tests;

/** The lines of a table with one training each: seconds, the share of each part, and how much faster an epoch is than `naive`. */
export function speedTable(trainings: readonly Training[], naive: Training): string[] {
  return [
    row("backend", HEADINGS),
    ...trainings.map(({ name, epochs, seconds, accuracy }) => {
      const all = total(seconds);
      const ofNaive = epochs / naive.epochs;
      const share = (part: number) => `${((100 * part) / all).toFixed(0)} %`;
      return row(name, [
        String(epochs),
        all.toFixed(2),
        share(seconds.images),
        share(seconds.steps),
        share(seconds.tests),
        ((ofNaive * naive.seconds.steps) / seconds.steps).toFixed(1),
        ((ofNaive * total(naive.seconds)) / all).toFixed(1),
        `${(100 * accuracy).toFixed(2)} %`,
      ]);
    }),
  ];
}

function row(name: string, cells: readonly string[]): string {
  return [name.padEnd(16), ...cells.map((cell, i) => cell.padStart(HEADINGS[i].length))].join("  ");
}
