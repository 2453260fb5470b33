// Images of handwritten digits, as the page's server has them: the digit of each image, one byte an image, and then the
// images, a byte a pixel.

export const CLASSES = 10;
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export interface Digits {
  readonly count: number;
  /** count × PIXELS, from 0 (paper) to 1 (ink). */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

export function digitsOf(file: Uint8Array): Digits {
  const count = file.length / (1 + PIXELS);
  if (!Number.isInteger(count)) throw new Error(`expected ${1 + PIXELS} bytes a digit, got ${file.length} bytes`);
  const pixels = Float32Array.from(file.subarray(count), (grey) => grey / 255);
  return { count, pixels, labels: file.slice(0, count) };
}

export async function fetchDigits(name: "training" | "test"): Promise<Digits> {
  const response = await fetch(new URL(`./digits/${name}.bin`, import.meta.url));
  if (!response.ok) throw new Error(`the server has no digits/${name}.bin (${response.status})`);
  return digitsOf(new Uint8Array(await response.arrayBuffer()));
}
