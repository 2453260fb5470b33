import { makeSvg, make } from "../elements.js";
import { logTicks } from "../logTicks.js";
import { niceCeiling } from "../niceCeiling.js";
import { countText } from "../numberText.js";
import { mark } from "./marks.js";
import { type Measurement, type WayName, WAYS } from "./messages.js";

const HEIGHT = 340;
const MARGIN = { top: 14, right: 14, bottom: 44, left: 40 };

/** Draws nanoseconds per element by classes, on logarithmic axes, as wide as its container. */
export function drawPlot(place: HTMLElement, measurements: readonly Measurement[], classes: readonly number[]): void {
  const width = Math.max(240, place.clientWidth);
  const values = measurements.flatMap(({ nanoseconds }) => Object.values(nanoseconds));
  const highest = niceCeiling(Math.max(20, ...values));
  const lowest = 1 / niceCeiling(1 / Math.min(0.5, ...values));
  const x = logScale(classes[0], classes[classes.length - 1], MARGIN.left, width - MARGIN.right);
  const y = logScale(lowest, highest, HEIGHT - MARGIN.bottom, MARGIN.top);

  const svg = makeSvg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", "Nanoseconds per element by number of classes; the table has the numbers");

  for (const tick of logTicks(lowest, highest)) {
    svg.append(line(MARGIN.left, y(tick), width - MARGIN.right, y(tick)));
    svg.append(makeSvg("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, String(tick)));
  }
  for (const tick of logTicks(classes[0], classes[classes.length - 1]).filter((one) => /^10*$/.test(String(one)))) {
    svg.append(line(x(tick), MARGIN.top, x(tick), HEIGHT - MARGIN.bottom));
    const anchor = x(tick) > width - 40 ? "end" : "middle";
    const at = { x: anchor === "end" ? width - MARGIN.right : x(tick), y: HEIGHT - MARGIN.bottom + 18 };
    svg.append(makeSvg("text", { ...at, "text-anchor": anchor }, countText(tick)));
  }
  const middle = (MARGIN.left + width - MARGIN.right) / 2;
  svg.append(makeSvg("text", { x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, "classes"));

  for (const way of WAYS) svg.append(curve(way, measurements, x, y));
  place.replaceChildren(svg);
}

/** The legend of the marks. */
export function legendOf(names: Readonly<Record<WayName, string>>): HTMLElement[] {
  return WAYS.map((way) => {
    const svg = makeSvg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, mark(way, 8, 8));
    return make("li", { class: way }, svg, names[way]);
  });
}

type Along = (value: number) => number;

function logScale(from: number, to: number, start: number, end: number): Along {
  return (value) => start + ((end - start) * Math.log(value / from)) / Math.log(to / from);
}

function line(x1: number, y1: number, x2: number, y2: number): SVGLineElement {
  return makeSvg("line", { class: "grid-line", x1, y1, x2, y2 });
}

function curve(way: WayName, measurements: readonly Measurement[], x: Along, y: Along): SVGGElement {
  const group = makeSvg("g", { class: way });
  const points = measurements.flatMap(({ classes, nanoseconds }): [number, number][] => {
    const value = nanoseconds[way];
    return value === undefined ? [] : [[x(classes), y(value)]];
  });
  if (points.length > 1) group.append(makeSvg("polyline", { class: "curve", points: points.join(" ") }));
  group.append(...points.map(([at, height]) => mark(way, at, height)));
  return group;
}
