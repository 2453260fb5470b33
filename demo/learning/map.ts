// The square with the points, colored by the model's prediction at each place.

import { softmax } from "softmax-wasm";
import { bumpsAt } from "./bumps.js";
import { cssOf, mix, type Palette } from "../colors.js";
import { CLASSES, type Points } from "./points.js";
import type { Regression } from "./regression.js";

/** How many places per side the model is evaluated at. The canvas interpolates between them. */
const SIDE = 64;

/** The strength of the colors behind the points. */
const STRENGTH = 0.5;

const places = Array.from({ length: SIDE * SIDE }, (_, i) => ({
  x: -1 + (2 * ((i % SIDE) + 0.5)) / SIDE,
  y: 1 - (2 * (Math.floor(i / SIDE) + 0.5)) / SIDE,
}));

export class ClassMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #regions = document.createElement("canvas");
  readonly #features = bumpsAt(
    places.map(({ x }) => x),
    places.map(({ y }) => y),
  );
  readonly #scores = new Float32Array(SIDE * SIDE * CLASSES);

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#regions.width = this.#regions.height = SIDE;
  }

  draw(model: Regression, points: Points, highlighted: number, palette: Palette): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const size = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (this.#canvas.width !== size) this.#canvas.width = this.#canvas.height = size;
    this.#paintRegions(model, palette);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.#regions, 0, 0, size, size);

    const radius = Math.max(3.5, this.#canvas.clientWidth / 95) * devicePixelRatio;
    const at = (i: number): [number, number] => [((points.x[i] + 1) / 2) * size, ((1 - points.y[i]) / 2) * size];
    for (let i = 0; i < points.count; i++) {
      const label = points.labels[i];
      outline(context, label, ...at(i), radius);
      context.fillStyle = cssOf(palette.classes[label]);
      context.fill();
      context.lineWidth = devicePixelRatio;
      context.strokeStyle = cssOf(palette.paper);
      context.stroke();
    }
    context.beginPath();
    context.arc(...at(highlighted), 2.3 * radius, 0, 2 * Math.PI);
    context.lineWidth = 2.5 * devicePixelRatio;
    context.strokeStyle = cssOf(palette.ink);
    context.stroke();
  }

  /** The point nearest to the pointer. */
  pointAt(event: MouseEvent, points: Points): number {
    const box = this.#canvas.getBoundingClientRect();
    const x = (2 * (event.clientX - box.left)) / box.width - 1;
    const y = 1 - (2 * (event.clientY - box.top)) / box.height;
    const distance = (i: number) => (points.x[i] - x) ** 2 + (points.y[i] - y) ** 2;
    let nearest = 0;
    for (let i = 1; i < points.count; i++) if (distance(i) < distance(nearest)) nearest = i;
    return nearest;
  }

  /** Paints each place in the mean of the classes' colors, weighted by their probabilities. */
  #paintRegions(model: Regression, { classes, paper }: Palette): void {
    const context = this.#regions.getContext("2d");
    if (context === null) return;
    const scores = model.logits(this.#features, this.#scores);
    const p = softmax(scores, { shape: [SIDE * SIDE, CLASSES], out: scores });
    const tints = classes.map((color) => mix(paper, color, STRENGTH));
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      for (let channel = 0; channel < 3; channel++) {
        let value = 0;
        for (let k = 0; k < CLASSES; k++) value += p[i * CLASSES + k] * tints[k][channel];
        image.data[4 * i + channel] = value;
      }
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }
}

/** A circle, a square or a triangle, which tells classes apart without their colors. */
function outline(context: CanvasRenderingContext2D, label: number, x: number, y: number, radius: number): void {
  context.beginPath();
  if (label === 0) {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (label === 1) {
    context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
  } else {
    context.moveTo(x, y - 1.15 * radius);
    context.lineTo(x + 1.15 * radius, y + 0.85 * radius);
    context.lineTo(x - 1.15 * radius, y + 0.85 * radius);
    context.closePath();
  }
}
