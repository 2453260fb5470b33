import {
  type GivenOptions,
  type MoreOptions,
  readOptions,
  readReduction,
  type Reduction,
} from "../arguments/options.js";
import { readUpstream } from "../arguments/numbers.js";
import { canonical } from "../backend/js/rows/elementwise.js";
import { twoSumError } from "../backend/js/rows/errorFree.js";
import { typeError } from "../errors.js";
import { crossEntropyGrad, type Logits, type Out, type Targets } from "../index.js";
import { labelElement, type PieceOptions } from "../operations/partial.js";
import { openPiece, type Piece } from "../operations/softmaxFrom.js";
import {
  COUNT,
  FINITE,
  FLAGS,
  KIND,
  LABEL_WEIGHT,
  MASS,
  MAX,
  OTHERS,
  OTHERS_LO,
  STATE_LENGTH,
  TEMPERATURE,
} from "../../assembly/state.js";
import { checkSmoothing, countPositions, isValid, readTerms, type StateLossOptions } from "./crossEntropyOf.js";
import { defaultEngine } from "./defaultEngine.js";
import { decay, decayed, timesPowerOf2, VANISHES } from "./decay.js";
import { distance, findDistance } from "./distance.js";
import { logOf, logSumExpFrom } from "./logOfState.js";
import { copyStates } from "./readStates.js";
import { checkSeen, eachElement, fill, partsOf, temperatureOf } from "./softmaxFrom.js";

/** Options of crossEntropyGradFrom: those of partial, except the temperature, and those of the loss. */
export interface GradFromOptions<O extends Out | undefined = Out | undefined>
  extends PieceOptions, Omit<StateLossOptions<Reduction>, "reduction"> {
  /** One per position, in [0, C) of all classes, as for partial. */
  readonly labels: NonNullable<PieceOptions["labels"]>;
  /** The reduction of the loss: `"mean"` (the default), `"sum"` or `"none"`. */
  readonly reduction?: Reduction | undefined;
  /**
   * The upstream gradient, which multiplies the gradient; 1 by default. With reduction `"none"` it may be an array of
   * one number per position.
   */
  readonly upstream?: number | readonly number[] | Float32Array | Float64Array | undefined;
  /** Receives the result; x itself is allowed. */
  readonly out?: O | undefined;
}

const OPTIONS = [
  "axis",
  "mask",
  "lengths",
  "offset",
  "ignoreIndex",
  "weight",
  "labelSmoothing",
  "zLoss",
  "upstream",
  "labels",
  "reduction",
  "shape",
  "out",
] as const;

export function crossEntropyGradFrom(x: unknown, value: unknown, options: unknown): unknown {
  const given = readOptions(options, OPTIONS);
  const reduction = readReduction(given.reduction);
  const terms = readTerms(given);
  const states = copyStates("states", value);
  if (given.more?.labels === undefined) {
    throw typeError("ERR_OPTION", "labels: expected the labels that partial was given, got undefined");
  }
  const piece = openPiece(defaultEngine(), x, given, states.length / STATE_LENGTH);
  const upstream = readUpstream(given.more.upstream, piece.positions, reduction === "none");
  const temperature = temperatureOf(states);
  const { valid, weight } = countPositions(states);
  checkSeen(piece, states, true);
  if (isWhole(piece, states)) {
    const { out } = options as GradFromOptions;
    return gradientOfWhole(x, piece, { ...given, out }, temperature);
  }
  const isMean = reduction === "mean";
  const divisor = isMean ? weight : 1;
  const counted = isMean ? valid : 1;
  const scales = new Float64Array(piece.positions);
  const own = new Float64Array(piece.positions);
  const entries = new Float64Array(piece.positions);
  for (let n = 0; n < piece.positions; n++) {
    const at = n * STATE_LENGTH;
    const flags = states[at + FLAGS];
    if (!isValid(flags) || divisor === 0) continue;
    if (terms.labelSmoothing !== 0) checkSmoothing(flags, n);
    if ((flags & KIND) !== FINITE) continue;
    const g = typeof upstream === "number" ? upstream : upstream[n];
    const lossScale = g / divisor / temperature;
    const uniform = terms.labelSmoothing / states[at + COUNT];
    own[n] = lossScale * (1 - terms.labelSmoothing) * states[at + LABEL_WEIGHT];
    let shared = terms.labelSmoothing === 0 ? 0 : lossScale * uniform * states[at + MASS];
    if (terms.zLoss !== 0) {
      shared += ((2 * terms.zLoss * g) / counted / temperature) * logSumExpFrom(states, at, logOf(states, at));
    }
    scales[n] = own[n] + shared;
    entries[n] = entryAt(piece, states, n, own[n], shared);
  }
  const out = piece.compute(partsOf(states, scales), temperature);
  const { weights } = piece;
  const labels = piece.labels as Int32Array;
  for (let n = 0; n < piece.positions; n++) {
    const at = n * STATE_LENGTH;
    const flags = states[at + FLAGS];
    if (!isValid(flags) || divisor === 0) fill(piece, out, n, 0);
    else if ((flags & KIND) !== FINITE) fill(piece, out, n, NaN);
    else {
      const g = typeof upstream === "number" ? upstream : upstream[n];
      const b = ((g / divisor / temperature) * terms.labelSmoothing) / states[at + COUNT];
      if (b !== 0) eachElement(piece, n, (i, c) => (out[i] -= b * (weights === null ? 1 : weights[c])));
      const label = labelElement(piece, labels[n], n);
      if (label >= 0) {
        const local = labels[n] - piece.offset;
        out[label] = entries[n] - (b === 0 ? 0 : b * (weights === null ? 1 : weights[local]));
      }
      // An upstream gradient beyond the type's range makes NaNs of its own.
      if (!Number.isFinite(Math.fround(scales[n]))) eachElement(piece, n, (i) => (out[i] = canonical(out[i])));
    }
  }
  return piece.result();
}

/** Whether the classes of all positions are all in the piece. Of none there is no loss that the library would take. */
function isWhole({ counts, layout, positions, offset }: Piece, states: Float64Array): boolean {
  if (offset !== 0 || positions === 0 || layout.cols === 0) return false;
  for (let n = 0; n < positions; n++) {
    if (states[n * STATE_LENGTH + COUNT] !== (counts === null ? layout.cols : counts[n])) return false;
  }
  return true;
}

/** The gradient to the bit as the library gives it. */
function gradientOfWhole(
  x: unknown,
  piece: Piece,
  { more, shape, ...given }: GivenOptions,
  temperature: number,
): unknown {
  const { axis, mask, lengths, ignoreIndex, weight, labelSmoothing, zLoss, upstream, labels } = more as MoreOptions;
  const { rows, cols } = piece.layout;
  const isRows = Array.isArray(x) && Array.isArray(x[0]);
  const sizes = shape ?? (isRows ? undefined : [rows, cols]);
  const options = { axis, mask, lengths, ignoreIndex, weight, labelSmoothing, zLoss, upstream, temperature };
  const all = { ...options, reduction: given.reduction, out: given.out, shape: sizes };
  return crossEntropyGrad(x as Logits, labels as Targets, all as object).grad;
}

/** The entry at the label: −own·(1 − p_y) + shared·p_y, where 1 − p_y does not cancel. 0 where the label is elsewhere. */
function entryAt(piece: Piece, states: Float64Array, n: number, own: number, shared: number): number {
  const label = labelElement(piece, (piece.labels as Int32Array)[n], n);
  if (label < 0) return 0;
  const at = n * STATE_LENGTH;
  const logit = piece.elements[label];
  const max = states[at + MAX];
  const others = states[at + OTHERS];
  const lo = states[at + OTHERS_LO];
  const total = 1 + others;
  const lost = twoSumError(1, others) + lo;
  let term = 0;
  if (logit < max) {
    findDistance(max, logit, states[at + TEMPERATURE]);
    if (distance[0] < VANISHES) {
      decay(distance[0], distance[1]);
      term = timesPowerOf2(decayed[0], decayed[2]);
    }
  } else term = 1;
  // For the class of the maximum this is the sum of the others; for any other class, the maximum's term plus the others
  // without it.
  const rest = term === 1 ? others + lo : 1 + (others - term + lo);
  const entry = 0 - own * (rest / (total + lost));
  return shared === 0 ? entry : entry + shared * (term / (total + lost));
}
