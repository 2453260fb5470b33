// The features of a place: φ_j = e^(−d²/2s²), where d is the distance to knot j of a square grid and s its spacing.

export const SIDE = 8;
export const BUMPS = SIDE * SIDE;

const WIDTH = 2 / (SIDE - 1);

/** From −1 to 1. */
const knot = (k: number) => -1 + WIDTH * k;

const bump = (distance: number) => Math.exp(-(distance ** 2) / (2 * WIDTH ** 2));

/** φ of each place, places × BUMPS. Knots start at the top left, line by line, as the grid is drawn; y grows upwards. */
export function bumpsAt(x: ArrayLike<number>, y: ArrayLike<number>): Float32Array {
  const bumps = new Float32Array(x.length * BUMPS);
  const across = new Float64Array(SIDE);
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < SIDE; k++) across[k] = bump(x[i] - knot(k));
    for (let line = 0; line < SIDE; line++) {
      // e^−(dx² + dy²) is the product of both.
      const down = bump(y[i] + knot(line));
      for (let k = 0; k < SIDE; k++) bumps[i * BUMPS + line * SIDE + k] = down * across[k];
    }
  }
  return bumps;
}
