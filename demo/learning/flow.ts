// One point's path through a step: features → logits → softmax → p − y → the change in the weights.

import { crossEntropyGrad, softmax } from "softmax-wasm";
import { barsIn } from "../bars.js";
import { makeSvg, part } from "../elements.js";
import { niceCeiling } from "../niceCeiling.js";
import { showNumber } from "../numberText.js";
import { BUMPS, SIDE } from "./bumps.js";
import { type Color, mix, type Palette } from "../colors.js";
import { CLASSES } from "./points.js";
import type { Regression } from "./regression.js";

export interface FlowPoint {
  /** φ of the point. */
  readonly features: Float32Array;
  readonly label: number;
}

/** The marks of the classes, as on the map. */
const MARKS = [
  () => makeSvg("circle", { cx: 8, cy: 8, r: 5.5 }),
  () => makeSvg("path", { d: "M3 3h10v10H3z" }),
  () => makeSvg("path", { d: "M8 2 14.5 13.5h-13z" }),
];

export class Flow {
  readonly #names = MARKS.map((mark, k) => () => {
    const svg = makeSvg("svg", { viewBox: "0 0 16 16", role: "img", class: `class-${k}` }, mark());
    svg.setAttribute("aria-label", `class ${k + 1}`);
    return svg;
  });
  readonly #logits = barsIn(part("flow-logits", HTMLTableElement), this.#names);
  readonly #softmax = barsIn(part("flow-softmax", HTMLTableElement), this.#names);
  readonly #gradient = barsIn(part("flow-gradient", HTMLTableElement), this.#names);
  readonly #bumps = part("bumps", HTMLCanvasElement);
  readonly #changes = [...part("flow", HTMLOListElement).querySelectorAll<HTMLCanvasElement>(".grids canvas")];

  /** `rate` is the learning rate per point, η/N. */
  show(model: Regression, { features, label }: FlowPoint, rate: number, { paper, ink, up, down }: Palette): void {
    const logits = model.logits(features, new Float32Array(CLASSES));
    const reach = niceCeiling(Math.max(1, ...Array.from(logits, Math.abs)));
    this.#logits.show(logits, { from: -reach, to: reach, ends: [`−${reach}`, "0", String(reach)] }, label);
    this.#softmax.show(softmax(logits), { from: 0, to: 1, ends: ["0", "1"] }, label);
    const { grad } = crossEntropyGrad(logits, [label]);
    this.#gradient.show(grad, { from: -1, to: 1, ends: ["−1", "0", "1"] }, label);

    paint(this.#bumps, (j) => mix(paper, ink, 0.85 * features[j]));
    // The largest change has the full color, however small it is.
    const largest = Math.max(...Array.from(grad, Math.abs)) * Math.max(...features);
    showNumber(part("largest-change", HTMLDataElement), rate * largest);
    this.#changes.forEach((canvas, k) => {
      canvas.classList.add(`class-${k}`);
      const strength = (j: number) => (largest > 0 ? (Math.abs(grad[k]) * features[j]) / largest : 0);
      paint(canvas, (j) => mix(paper, grad[k] < 0 ? up : down, strength(j)));
    });
  }
}

/** Draws a square for each feature at the place of its knot. */
function paint(canvas: HTMLCanvasElement, color: (j: number) => Color): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(SIDE, SIDE);
  for (let j = 0; j < BUMPS; j++) image.data.set([...color(j), 255], 4 * j);
  context.putImageData(image, 0, 0);
}
