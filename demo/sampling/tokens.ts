// Twenty words that may follow "The cat sat on the", the most probable first. The logits are made up.

const CANDIDATES = [
  ["mat", 3.2],
  ["floor", 2.75],
  ["couch", 2.4],
  ["bed", 2.1],
  ["table", 1.85],
  ["chair", 1.6],
  ["sofa", 1.4],
  ["roof", 1.15],
  ["rug", 0.9],
  ["fence", 0.7],
  ["porch", 0.5],
  ["grass", 0.25],
  ["shelf", 0],
  ["stairs", -0.3],
  ["ledge", -0.6],
  ["piano", -1],
  ["laptop", -1.4],
  ["throne", -1.9],
  ["moon", -2.6],
  ["theorem", -3.5],
] as const;

export const TOKENS: readonly string[] = CANDIDATES.map(([token]) => token);
export const LOGITS = Float32Array.from(CANDIDATES, ([, logit]) => logit);
