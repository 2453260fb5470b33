// The scale of a logit's slider: fine near 0, where softmax varies, and coarse out to ±1000, where naive formulas fail.

/** Pieces of the positive half, each up to `to` in steps of `step`. */
const PIECES = [
  { to: 5, step: 0.1 },
  { to: 20, step: 0.5 },
  { to: 100, step: 5 },
  { to: 1000, step: 50 },
] as const;

const STOPS = positiveStops();

/** Positions go from −LAST to LAST. */
export const LAST = STOPS.length - 1;

/** The logit at a position. */
export function logitAt(position: number): number {
  return Math.sign(position) * STOPS[Math.abs(position)];
}

/** The position nearest to a logit. */
export function positionOf(logit: number): number {
  const size = Math.abs(logit);
  let nearest = 0;
  STOPS.forEach((stop, i) => {
    if (Math.abs(stop - size) < Math.abs(STOPS[nearest] - size)) nearest = i;
  });
  return logit < 0 ? -nearest : nearest;
}

function positiveStops(): number[] {
  const stops = [0];
  let from = 0;
  for (const { to, step } of PIECES) {
    const count = Math.round((to - from) / step);
    for (let i = 1; i <= count; i++) stops.push(Number((from + i * step).toFixed(1)));
    from = to;
  }
  return stops;
}
