import { expect, test } from "vitest";
import { PIXELS, SIDE } from "../../demo/digits/digits.js";
import { centreOf, imageOf, type Stroke } from "../../demo/digits/drawing.js";

/** A 7: a bar, and a slope down to the left. */
const SEVEN: Stroke = [
  { x: 0.3, y: 0.2 },
  { x: 0.7, y: 0.2 },
  { x: 0.4, y: 0.8 },
];

const moved = (stroke: Stroke, scale: number, x: number, y: number): Stroke =>
  stroke.map((point) => ({ x: scale * point.x + x, y: scale * point.y + y }));

/** The first and the last line with ink. */
function range(image: Float32Array, lineOf: (pixel: number) => number): [number, number] {
  const lines = Array.from(image.keys(), (pixel) => (image[pixel] > 0 ? lineOf(pixel) : -1)).filter(
    (line) => line >= 0,
  );
  return [Math.min(...lines), Math.max(...lines)];
}

test("a drawing becomes 20 pixels large, with its centre of mass in the middle, as in MNIST", () => {
  const image = imageOf([SEVEN]);
  const [top, bottom] = range(image, (pixel) => Math.floor(pixel / SIDE));
  // The edge of a stroke reaches half a pixel on either side.
  expect(bottom - top + 1).toBeGreaterThanOrEqual(20);
  expect(bottom - top + 1).toBeLessThanOrEqual(22);
  expect(centreOf(image).x).toBeCloseTo(SIDE / 2, 1);
  expect(centreOf(image).y).toBeCloseTo(SIDE / 2, 1);
  for (const ink of image) expect(ink).toBeGreaterThanOrEqual(0);
  expect(Math.max(...image)).toBe(1);
});

test("where a drawing is and how large it is makes no difference", () => {
  const image = imageOf([SEVEN]);
  for (const other of [moved(SEVEN, 0.5, 0.4, 0.05), moved(SEVEN, 1.3, -0.2, -0.1)]) {
    imageOf([other]).forEach((ink, pixel) => expect(ink).toBeCloseTo(image[pixel], 5));
  }
  expect(imageOf([moved(SEVEN, -1, 1, 1)])).not.toEqual(image);
});

test("a dot stays a dot, and no stroke is paper", () => {
  const ink = imageOf([[{ x: 0.1, y: 0.9 }]]).reduce((sum, value) => sum + value, 0);
  // π·1.3²
  expect(ink).toBeGreaterThan(4);
  expect(ink).toBeLessThan(7);
  expect(imageOf([])).toEqual(new Float32Array(PIXELS));
});
