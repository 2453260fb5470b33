// The accuracy contract: what may be off by how much, in one table. The tests of this folder and of `contract/` hold the
// library to it, docs/numerics.md derives it.

/** A precision of the kernels. */
export type Key = "f32" | "f64";
export const KEYS: readonly Key[] = ["f32", "f64"];

/**
 * In ulp of the result where nothing is said. "Of the largest term": of the terms that a sum consists of, where they may
 * cancel.
 */
export const CONTRACT = {
  softmax: { f32: 4.5, f64: 5 },
  // In the mean over the elements of a search.
  "softmax, mean": { f32: 0.5, f64: 0.5 },
  // In 2^-24 and 2^-53: a half for the factor 1/Σ, a half for each product by it, twice for those just above a power of two.
  "sum of softmax": { f32: 2, f64: 2.5 },
  "log-softmax": { f32: 4, f64: 4 },
  // Of the larger of |max| and |log Σ|.
  logSumExp: { f32: 2.5, f64: 2.5 },
  // Of a position, with weights, smoothing and soft targets too.
  loss: { f32: 4, f64: 4 },
  // Of the largest term.
  "loss with zLoss": { f32: 6, f64: 6 },
  // Of labels alone: of the entry itself, the label's too.
  "gradient, label": { f32: 4.5, f64: 5 },
  "gradient, others": { f32: 4.5, f64: 5 },
  // Of the largest term.
  "gradient with options": { f32: 6, f64: 6 },
  // Of the largest term, or of the result where that is larger; Σ p·v counts as Σ p·|v|.
  Hessian: { f32: 6, f64: 8 },
  "Hessian with zLoss": { f32: 8.4, f64: 17 },
  // Of the largest term, or of the result where that is larger.
  softmaxBackward: { f32: 6, f64: 6 },
  // The same.
  logSoftmaxBackward: { f32: 6, f64: 6 },
  Jacobian: { f32: 4, f64: 4 },
  sigmoid: { f32: 3, f64: 3 },
  // Losses and gradients, targets in [0, 1], no weights: of the loss itself, and of the gradient where t is 0 or 1.
  binary: { f32: 4, f64: 4 },
  // Of the largest term.
  "binary, general": { f32: 5, f64: 5 },
  entropy: { f32: 4, f64: 4 },
  // Beyond what the rows are off by, in ulp of f32 and f64.
  "mean and sum": { f32: 1, f64: 2 },
} as const satisfies Readonly<Record<string, Readonly<Record<Key, number>>>>;

export type Quantity = keyof typeof CONTRACT;
export const QUANTITIES = Object.keys(CONTRACT) as Quantity[];

/** What `npm run test:slow -- proofs` derives, and docs/numerics.md explains. */
export const DERIVED: Readonly<Partial<Record<Quantity, Partial<Record<Key, number>>>>> = {
  softmax: { f32: 4.5 },
  "log-softmax": { f32: 3.3 },
  loss: { f32: 3.3 },
  "gradient, others": { f32: 4.5 },
  Hessian: { f32: 5.04 },
};

/** Temperatures of a search: none, those that people use (0.1 to 5), any that a double holds and logits as large as they get. */
export type Temperatures = "none" | "usual" | "any";
export const TEMPERATURES: readonly Temperatures[] = ["none", "usual", "any"];

/** The kinds of temperature that a function is searched with. */
export const temperaturesOf = ({
  isUntempered = false,
}: {
  readonly isUntempered?: boolean;
}): readonly Temperatures[] => (isUntempered ? ["none"] : TEMPERATURES);

/**
 * The kernels are not there yet: a quantity, and what is allowed until they are, a little more than was found. Infinity:
 * finite logits give NaN, or no digit is right.
 */
export type Pending = readonly [quantity: Quantity, key: Key, temperatures: Temperatures, today: number];

/** To hold the kernels to the contract, remove the line. Nothing else is to be changed. */
export const PENDING: readonly Pending[] = [];

/** What a quantity may be off by in these tests. */
export function limitOf(quantity: Quantity, key: Key, temperatures: Temperatures): number {
  const pending = PENDING.find(([q, k, t]) => q === quantity && k === key && t === temperatures);
  return pending === undefined ? CONTRACT[quantity][key] : pending[3];
}
