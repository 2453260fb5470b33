import { makeSvg } from "../elements.js";
import type { WayName } from "./messages.js";

/** The mark of a way. Its shape tells it apart without its color. */
export function mark(way: WayName, x: number, y: number): SVGElement {
  if (way === "naive") return makeSvg("circle", { class: "mark", cx: x, cy: y, r: 5 });
  if (way === "copied") return makeSvg("rect", { class: "mark", x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
  return makeSvg("path", { class: "mark", d: `M${x} ${y - 6}l6 10.5h-12z` });
}
