// Images of 28 × 28 on canvases: of what is drawn, and of the weights.

import { type Color, mix, type Palette } from "../colors.js";
import { make } from "../elements.js";
import type { Parameters } from "./classifier.js";
import { CLASSES, PIXELS, SIDE } from "./digits.js";

/** Fills a canvas of 28 × 28 with the color of each pixel. */
export function paint(canvas: HTMLCanvasElement, color: (pixel: number) => Color): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < PIXELS; pixel++) image.data.set([...color(pixel), 255], 4 * pixel);
  context.putImageData(image, 0, 0);
}

/** Ten pictures in a list: for each class the weights of its pixels. `show` returns the largest. */
export function weightPicturesIn(list: HTMLUListElement) {
  const canvases = Array.from({ length: CLASSES }, (_, digit) => {
    const label = `Weights of the digit ${digit}`;
    const canvas = make("canvas", { class: "picture", width: SIDE, height: SIDE, role: "img", "aria-label": label });
    list.append(make("li", {}, canvas, make("span", { "aria-hidden": "true" }, String(digit))));
    return canvas;
  });
  return (weight: Parameters["weight"], { paper, up, down }: Palette): number => {
    const largest = weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    canvases.forEach((canvas, digit) => {
      paint(canvas, (pixel) => {
        const value = weight[digit * PIXELS + pixel];
        return mix(paper, value > 0 ? up : down, largest > 0 ? Math.abs(value) / largest : 0);
      });
    });
    return largest;
  };
}
