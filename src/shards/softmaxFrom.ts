import { FROM_LENGTH, FROM_SCALE, FROM_MAX, FROM_OTHERS, FROM_OTHERS_ERROR } from "../../assembly/abi.js";
import { readOptions } from "../arguments/options.js";
import { rangeError } from "../errors.js";
import type { FloatArray } from "../floatType.js";
import type { Out } from "../index.js";
import type { PieceOptions } from "../operations/partial.js";
import { openPiece, type Piece } from "../operations/softmaxFrom.js";
import {
  COUNT,
  EMPTY,
  FINITE,
  FLAGS,
  IS_IGNORED,
  KIND,
  MAX,
  OTHERS,
  OTHERS_LO,
  STATE_LENGTH,
  TEMPERATURE,
} from "../../assembly/state.js";
import { defaultEngine } from "./defaultEngine.js";
import { copyStates } from "./readStates.js";

/** Options of softmaxFrom. */
export interface FromOptions<O extends Out | undefined = Out | undefined> extends Pick<
  PieceOptions,
  "axis" | "mask" | "lengths"
> {
  /** Sizes of x, slowest first; by default one row per state. */
  readonly shape?: readonly number[] | undefined;
  /** Receives the result; x itself is allowed. */
  readonly out?: O | undefined;
}

const OPTIONS = ["axis", "mask", "lengths", "shape", "out"] as const;

export function softmaxFrom(x: unknown, value: unknown, options: unknown): unknown {
  const given = readOptions(options, OPTIONS);
  const states = copyStates("states", value);
  const piece = openPiece(defaultEngine(), x, given, states.length / STATE_LENGTH);
  const temperature = temperatureOf(states);
  checkSeen(piece, states);
  // Those whose classes are all here have the bits of softmax.
  const whole = Array.from({ length: piece.positions }, (_, n) => isWhole(piece, states, n));
  if (whole.every(Boolean)) {
    piece.compute(null, temperature);
    return piece.result();
  }
  const own = whole.some(Boolean) ? openPiece(defaultEngine(), x, { ...given, out: undefined }, piece.positions) : null;
  const ofWhole = own?.compute(null, temperature);
  const scales = new Float64Array(piece.positions).fill(1);
  const out = piece.compute(partsOf(states, scales), temperature);
  for (let n = 0; n < piece.positions; n++) {
    const kind = states[n * STATE_LENGTH + FLAGS] & KIND;
    if (ofWhole !== undefined && whole[n]) eachElement(piece, n, (at) => (out[at] = ofWhole[at]));
    else if (kind !== FINITE && kind !== EMPTY) fill(piece, out, n, NaN);
  }
  return piece.result();
}

/** Whether a position's classes are all in the piece. */
function isWhole({ counts, layout }: Piece, states: Float64Array, n: number): boolean {
  return states[n * STATE_LENGTH + COUNT] === (counts === null ? layout.cols : counts[n]);
}

/** Refuses a position whose state knows fewer classes than the piece has: it is that of others. */
export function checkSeen({ counts, layout, positions }: Piece, states: Float64Array, mayBeIgnored = false): void {
  for (let n = 0; n < positions; n++) {
    if (mayBeIgnored && (states[n * STATE_LENGTH + FLAGS] & IS_IGNORED) !== 0) continue;
    const count = counts === null ? layout.cols : counts[n];
    const seen = states[n * STATE_LENGTH + COUNT];
    if (seen >= count) continue;
    const expected = `expected a state with the ${count} classes of this piece at position ${n}`;
    throw rangeError("ERR_VALUE", `states: ${expected}, got one of ${seen}`);
  }
}

/** The temperature that all states have; 1 where none has a class. */
export function temperatureOf(states: Float64Array): number {
  let temperature = 0;
  for (let at = 0; at < states.length; at += STATE_LENGTH) {
    const own = states[at + TEMPERATURE];
    if (own === 0 || own === temperature) continue;
    if (temperature !== 0) {
      const message = `states: expected one temperature, got ${temperature} and ${own} at position ${at / STATE_LENGTH}`;
      throw rangeError("ERR_VALUE", message);
    }
    temperature = own;
  }
  return temperature === 0 ? 1 : temperature;
}

/** The numbers that the kernel reads. Those of positions without a finite maximum are not used. */
export function partsOf(states: Float64Array, scales: Float64Array): Float64Array {
  const parts = new Float64Array(scales.length * FROM_LENGTH);
  for (let n = 0; n < scales.length; n++) {
    const at = n * STATE_LENGTH;
    const to = n * FROM_LENGTH;
    if ((states[at + FLAGS] & KIND) !== FINITE) continue;
    parts[to + FROM_MAX] = states[at + MAX];
    parts[to + FROM_OTHERS] = states[at + OTHERS];
    parts[to + FROM_OTHERS_ERROR] = states[at + OTHERS_LO];
    parts[to + FROM_SCALE] = scales[n];
  }
  return parts;
}

/** Calls `visit` with the index of each of a position's elements that are present. */
export function eachElement({ layout, presence }: Piece, n: number, visit: (at: number, c: number) => void): void {
  const { cols, inner } = layout;
  const first = Math.floor(n / inner) * cols * inner + (n % inner);
  for (let c = 0; c < cols; c++) {
    const at = first + c * inner;
    if (presence.mask === null || presence.mask[at] !== 0) visit(at, c);
  }
}

export function fill(piece: Piece, out: FloatArray, n: number, value: number): void {
  eachElement(piece, n, (at) => (out[at] = value));
}
