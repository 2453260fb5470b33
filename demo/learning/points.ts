// Points of three classes in the square from −1 to 1, the same in every run.

import { mulberry32, normals } from "../../test/reference/random.js";

export const CLASSES = 3;
const OF_EACH = 60;

export interface Points {
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly labels: Uint8Array;
}

export type PointsName = "spiral" | "blobs";

/** The place of a class's point with noise added; `part` runs from 0 to 1 along the class. */
type Place = (label: number, part: number, normal: () => number) => readonly [number, number];

const PLACES: Readonly<Record<PointsName, Place>> = {
  // Three arms, each of which turns by 0.72 of a circle.
  spiral: (label, part, normal) => {
    const radius = 0.08 + 0.82 * part;
    const angle = (label / CLASSES + 0.72 * part) * 2 * Math.PI + 0.11 * normal();
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
  blobs: (label, _, normal) => {
    const angle = (label / CLASSES + 0.25) * 2 * Math.PI;
    return [0.45 * Math.cos(angle) + 0.2 * normal(), 0.45 * Math.sin(angle) + 0.2 * normal()];
  },
};

export function pointsOf(name: PointsName): Points {
  const normal = normals(mulberry32(7));
  const count = CLASSES * OF_EACH;
  const points = { count, x: new Float32Array(count), y: new Float32Array(count), labels: new Uint8Array(count) };
  for (let i = 0; i < count; i++) {
    const label = Math.floor(i / OF_EACH);
    const [x, y] = PLACES[name](label, (i % OF_EACH) / (OF_EACH - 1), normal);
    points.x[i] = Math.min(0.97, Math.max(-0.97, x));
    points.y[i] = Math.min(0.97, Math.max(-0.97, y));
    points.labels[i] = label;
  }
  return points;
}
