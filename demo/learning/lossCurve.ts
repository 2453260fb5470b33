import { makeSvg } from "../elements.js";
import { niceCeiling } from "../niceCeiling.js";
import { countText } from "../numberText.js";

const HEIGHT = 310;
const MARGIN = { top: 10, right: 14, bottom: 26, left: 40 };

/** The most points of the curve; more cannot be told apart. */
const MOST = 300;

/** Draws the loss after each step so far, as wide as its container. */
export function drawLossCurve(place: HTMLElement, losses: readonly number[]): void {
  const width = Math.max(240, place.clientWidth);
  const steps = niceCeiling(Math.max(20, losses.length - 1));
  const highest = Math.max(1.2, Math.ceil(5 * Math.min(10, Math.max(...sample(losses).map(([, loss]) => loss)))) / 5);
  const x = (step: number) => MARGIN.left + (step / steps) * (width - MARGIN.left - MARGIN.right);
  const y = (loss: number) =>
    HEIGHT - MARGIN.bottom - (Math.min(loss, highest) / highest) * (HEIGHT - MARGIN.top - MARGIN.bottom);

  const svg = makeSvg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  svg.setAttribute("aria-label", "The mean loss after each step so far");
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    const loss = part * highest;
    svg.append(
      makeSvg("line", { class: "grid-line", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(loss), y2: y(loss) }),
    );
    svg.append(makeSvg("text", { x: MARGIN.left - 8, y: y(loss) + 4, "text-anchor": "end" }, loss.toFixed(1)));
  }
  for (const part of [0, 0.5, 1]) {
    const anchor = part === 1 ? "end" : "middle";
    svg.append(makeSvg("text", { x: x(part * steps), y: HEIGHT - 6, "text-anchor": anchor }, countText(part * steps)));
  }
  const points = sample(losses).map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
  svg.append(makeSvg("polyline", { class: "curve", points: points.join(" ") }));
  const last = losses.length - 1;
  svg.append(makeSvg("circle", { class: "end", cx: x(last), cy: y(losses[last]), r: 3.5 }));
  place.replaceChildren(svg);
}

/** Evenly spaced steps with their losses, and always the last one. */
function sample(losses: readonly number[]): [number, number][] {
  const every = Math.ceil(losses.length / MOST);
  const last = losses.length - 1;
  return losses.flatMap((loss, step): [number, number][] =>
    step % every === 0 || step === last ? [[step, loss]] : [],
  );
}
