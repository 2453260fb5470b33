import { make } from "../elements.js";
import { showNumber } from "../numberText.js";
import { indexed } from "./indexed.js";
import type { Way } from "./naiveWays.js";

/** A table with a row per class, one for the loss, and a column per way. The last way is the correct one. */
export function comparisonIn(table: HTMLTableElement, classes: number) {
  const body = table.tBodies[0];
  const rowOf = (head: Node, className: string) => {
    const cells = [0, 1, 2].map(() => make("data"));
    body.append(
      make(
        "tr",
        { class: className },
        make("th", { scope: "row" }, head),
        ...cells.map((data) => make("td", {}, data)),
      ),
    );
    return cells;
  };
  body.replaceChildren();
  const ofClasses = Array.from({ length: classes }, (_, i) => rowOf(indexed("p", i), "of-class"));
  const ofLoss = rowOf(make("span", {}, "loss"), "of-loss");

  return (ways: readonly Way[]) => {
    const right = ways[ways.length - 1];
    const show = (data: HTMLDataElement, value: number, expected: number) => {
      showNumber(data, value);
      data.classList.toggle("wrong", !(Math.abs(value - expected) <= 1e-3 * expected));
    };
    ways.forEach(({ p, loss }, w) => {
      ofClasses.forEach((cells, i) => show(cells[w], p[i], right.p[i]));
      show(ofLoss[w], loss, right.loss);
    });
  };
}
