// A table with one number and one bar per class.

import { make } from "./elements.js";
import { showNumber } from "./numberText.js";

/** The ends of a scale; bars are cut off there. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** The labels under the scale. */
  readonly ends: readonly string[];
}

export interface Bars {
  /** Shows the values on the scale; `chosen` is the row to mark. */
  show(values: ArrayLike<number>, scale: Scale, chosen: number): void;
}

interface BarRow {
  readonly row: HTMLTableRowElement;
  readonly bar: HTMLElement;
  readonly data: HTMLDataElement;
}

/** Fills the table with a row for each name. */
export function barsIn(table: HTMLTableElement, names: readonly (() => Node)[]): Bars {
  const body = make("tbody");
  const rows = names.map((name): BarRow => {
    const bar = make("span", { class: "bar", "aria-hidden": "true" });
    const data = make("data");
    const row = make(
      "tr",
      {},
      make("th", { scope: "row" }, name()),
      make("td", {}, bar),
      make("td", { class: "number" }, data),
    );
    body.append(row);
    return { row, bar, data };
  });
  const ends = make("span", { class: "ends" });
  const foot = make("tfoot", { "aria-hidden": "true" }, make("tr", {}, make("td"), make("td", {}, ends), make("td")));
  table.replaceChildren(body, foot);

  return {
    show(values, scale, chosen) {
      table.classList.toggle("two-sided", scale.from < 0 && scale.to > 0);
      ends.replaceChildren(...scale.ends.map((end) => make("span", {}, end)));
      const zero = at(0, scale);
      rows.forEach(({ row, bar, data }, i) => {
        const end = at(values[i], scale);
        bar.style.setProperty("--from", String(Math.min(zero, end)));
        bar.style.setProperty("--to", String(Math.max(zero, end)));
        bar.style.setProperty("--zero", String(zero));
        row.classList.toggle("chosen", i === chosen);
        row.classList.toggle("raises", values[i] < 0);
        showNumber(data, values[i]);
      });
    },
  };
}

function at(value: number, { from, to }: Scale): number {
  const place = (value - from) / (to - from);
  return Number.isNaN(place) ? 0 : Math.min(1, Math.max(0, place));
}
