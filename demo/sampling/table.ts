import { make } from "../elements.js";
import { showNumber } from "../numberText.js";
import type { Distribution } from "./distribution.js";

/** Fills the table's body with a row for each token. Returns what shows a distribution in it. */
export function tokenTableIn(table: HTMLTableElement, tokens: readonly string[]) {
  const rows = tokens.map((token) => {
    const bar = () => make("span", { class: "bar", "aria-hidden": "true" });
    const parts = {
      before: { bar: bar(), data: make("data") },
      after: { bar: bar(), data: make("data") },
      drawn: make("data"),
      cut: make("span", { class: "cut-by" }),
    };
    const row = make(
      "tr",
      {},
      make("th", { scope: "row" }, token),
      make("td", { class: "bar-before" }, parts.before.bar),
      make("td", { class: "number" }, parts.before.data),
      make("td", { class: "bar-drawn" }, parts.after.bar, parts.cut),
      make("td", { class: "number" }, parts.after.data),
      make("td", { class: "number" }, parts.drawn),
    );
    return { row, ...parts };
  });
  table.tBodies[0].replaceChildren(...rows.map(({ row }) => row));
  const ends = [...table.querySelectorAll(".ends")];

  return ({ before, cuts, after, drawn }: Distribution, draws: number) => {
    const longest = Math.max(...[before, after, Array.from(drawn, (n) => n / draws)].flatMap((all) => Array.from(all)));
    // Both columns have one scale, which ends at a multiple of 10 %.
    const top = Math.ceil(10 * longest) / 10;
    for (const end of ends) end.replaceChildren(make("span", {}, "0"), make("span", {}, percentText(top, 0)));
    const length = (bar: HTMLElement, name: string, value: number) => bar.style.setProperty(name, String(value / top));
    rows.forEach(({ row, ...shown }, i) => {
      row.classList.toggle("is-cut", cuts[i] !== undefined);
      shown.cut.textContent = cuts[i] === undefined ? "" : `cut by ${cuts[i]}`;
      length(shown.before.bar, "--to", before[i]);
      length(shown.after.bar, "--to", drawn[i] / draws);
      length(shown.after.bar, "--exact", after[i]);
      showNumber(shown.before.data, before[i], percentText(before[i]));
      showNumber(shown.after.data, after[i], cuts[i] === undefined ? percentText(after[i]) : "–");
      showNumber(shown.drawn, drawn[i], cuts[i] === undefined ? String(drawn[i]) : "–");
    });
  };
}

/** A probability as a percentage; small ones are not said to be 0. */
export function percentText(p: number, digits = 1): string {
  const least = 10 ** -digits;
  if (p > 0 && 100 * p < least) return `<${least} %`;
  return `${(100 * p).toFixed(digits)} %`;
}
