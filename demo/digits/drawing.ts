// What is drawn, as the classifier gets it. Images of MNIST have their digit in a box of 20 × 20 of the 28 × 28 pixels, as
// large as fits, with its centre of mass in the middle; a drawing is brought to the same size and place.

import { PIXELS, SIDE } from "./digits.js";

/** From 0 to 1, to the right and down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The way of the pen from where it came down to where it was lifted. */
export type Stroke = readonly Point[];

const BOX = 20;
/** Half of a stroke's width, in pixels: about what strokes of MNIST have. */
const RADIUS = 1.3;
/** A drawing is enlarged at most so far, so that a dot stays one. */
const MOST_PIXELS = 4 * SIDE;

/** The image of a drawing: PIXELS numbers from 0 (paper) to 1 (ink). */
export function imageOf(strokes: readonly Stroke[]): Float32Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(PIXELS);
  const [left, right] = rangeOf(points.map(({ x }) => x));
  const [top, bottom] = rangeOf(points.map(({ y }) => y));
  const scale = Math.min((BOX - 2 * RADIUS) / Math.max(right - left, bottom - top), MOST_PIXELS);
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const placed = strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({ x: SIDE / 2 + scale * (x - middle.x), y: SIDE / 2 + scale * (y - middle.y) })),
  );
  const centre = centreOf(painted(placed));
  const shift = { x: SIDE / 2 - centre.x, y: SIDE / 2 - centre.y };
  return painted(placed.map((stroke) => stroke.map(({ x, y }) => ({ x: x + shift.x, y: y + shift.y }))));
}

function rangeOf(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** Strokes in pixels, painted: ink up to RADIUS from them, with an edge one pixel wide. */
function painted(strokes: readonly Stroke[]): Float32Array {
  const image = new Float32Array(PIXELS);
  for (const stroke of strokes) {
    stroke.forEach((to, i) => {
      const from = stroke[Math.max(i - 1, 0)];
      const [left, right] = near(from.x, to.x);
      const [top, bottom] = near(from.y, to.y);
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const ink = RADIUS + 0.5 - distance({ x: x + 0.5, y: y + 0.5 }, from, to);
          image[y * SIDE + x] = Math.max(image[y * SIDE + x], Math.min(ink, 1));
        }
      }
    });
  }
  return image;
}

/** The first and the last line of pixels that ink between two places can reach. */
function near(a: number, b: number): [number, number] {
  const first = Math.floor(Math.min(a, b) - RADIUS - 1);
  const last = Math.ceil(Math.max(a, b) + RADIUS + 1);
  return [Math.max(first, 0), Math.min(last, SIDE - 1)];
}

/** From a point to the line between two others. */
function distance({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const part = length > 0 ? Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length)) : 0;
  return Math.sqrt((x - from.x - part * dx) ** 2 + (y - from.y - part * dy) ** 2);
}

/** The centre of mass of the ink. */
export function centreOf(image: Float32Array): Point {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((ink, pixel) => {
    mass += ink;
    x += ink * ((pixel % SIDE) + 0.5);
    y += ink * (Math.floor(pixel / SIDE) + 0.5);
  });
  return { x: x / mass, y: y / mass };
}
