import { makeSvg } from "./elements.js";
import { countText } from "./numberText.js";

const HEIGHT = 310;
const MARGIN = { top: 10, right: 14, bottom: 26, left: 40 };

/** The most points of the curve; more cannot be told apart. */
const MOST = 300;

/** How far a training has come, in steps or digits, and the loss there. */
export type LossPoint = readonly [at: number, loss: number];

/** Draws losses from 0 to `end`, as wide as its container. */
export function drawLossCurve(
  place: HTMLElement,
  losses: readonly LossPoint[],
  { end, label }: { readonly end: number; readonly label: string },
): void {
  const width = Math.max(240, place.clientWidth);
  const points = sample(losses);
  const highest = Math.max(1.2, Math.ceil(5 * Math.min(10, Math.max(...points.map(([, loss]) => loss)))) / 5);
  const x = (at: number) => MARGIN.left + (at / end) * (width - MARGIN.left - MARGIN.right);
  const y = (loss: number) =>
    HEIGHT - MARGIN.bottom - (Math.min(loss, highest) / highest) * (HEIGHT - MARGIN.top - MARGIN.bottom);

  const svg = makeSvg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", label);
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const loss = part * highest;
    svg.append(
      makeSvg("line", { class: "grid-line", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(loss), y2: y(loss) }),
    );
    svg.append(makeSvg("text", { x: MARGIN.left - 8, y: y(loss) + 4, "text-anchor": "end" }, loss.toFixed(1)));
  }
  for (const part of [0, 0.5, 1]) {
    const anchor = part === 1 ? "end" : "middle";
    svg.append(makeSvg("text", { x: x(part * end), y: HEIGHT - 6, "text-anchor": anchor }, countText(part * end)));
  }
  const line = points.map(([at, loss]) => `${x(at).toFixed(1)},${y(loss).toFixed(1)}`);
  svg.append(makeSvg("polyline", { class: "curve", points: line.join(" ") }));
  const last = points.at(-1);
  if (last !== undefined) svg.append(makeSvg("circle", { class: "end", cx: x(last[0]), cy: y(last[1]), r: 3.5 }));
  place.replaceChildren(svg);
}

/** Evenly spaced points, and always the last one. */
function sample(losses: readonly LossPoint[]): readonly LossPoint[] {
  const every = Math.ceil(losses.length / MOST);
  return losses.filter((_, i) => i % every === 0 || i === losses.length - 1);
}
