// What every runtime runs of ./shards: the states of pieces, trees of merges, and what is made of them.

/** Numbers of a state. */
const STATE_LENGTH = 15;

export function addShards(bytes, shards, logits, labels, [rows, cols]) {
  const { partial, merge } = shards;
  const weight = Float64Array.from({ length: cols }, (_, c) => 0.25 * (c % 7));
  for (const options of [{}, { temperature: 0.7 }, { entropy: true, smoothing: true, weight, temperature: 3 }]) {
    const pieces = piecesOf(logits, rows, cols).map(({ x, from, to }) => {
      const own = { ...options, ...(options.weight && { weight: weight.subarray(from, to) }) };
      const place = { shape: [rows, to - from], offset: from, labels };
      return { x, place, own, states: partial(x, { ...place, ...own }) };
    });
    const states = pieces.map((piece) => piece.states);
    for (const each of states) bytes.addFloats(each);
    const inOrder = states.reduce((a, b) => merge(a, b));
    const backwards = states.reduceRight((a, b) => merge(a, b));
    const inPairs = new Float64Array(inOrder.length);
    merge(merge(merge(states[0], states[3]), states[1]), merge(states[4], states[2]), { out: inPairs });
    for (const merged of [inOrder, backwards, inPairs]) bytes.addFloats(merged);
    addResults(bytes, shards, inOrder, options);
    // An ignored position has no probabilities.
    const unlabelled = pieces
      .map(({ x, place, own }) => partial(x, { ...place, ...own, labels: undefined }))
      .reduce((a, b) => merge(a, b));
    for (const piece of pieces) addFrom(bytes, shards, piece, unlabelled, inOrder);
  }
  const whole = { shape: [rows, cols] };
  const [states, unlabelled] = [partial(logits, { ...whole, labels }), partial(logits, whole)];
  bytes.addFloats(states);
  addFrom(bytes, shards, { x: logits, place: { ...whole, offset: 0, labels }, own: {} }, unlabelled, states);
}

/** Adjacent classes of all rows, copied: the first one, none, and all others in three pieces. */
function piecesOf(logits, rows, cols) {
  const cuts = [0, 1, 1, Math.ceil(0.3 * cols), Math.ceil(0.8 * cols), cols];
  return cuts.slice(1).map((to, i) => {
    const from = cuts[i];
    const x = new logits.constructor(rows * (to - from));
    for (let r = 0; r < rows; r++) x.set(logits.subarray(r * cols + from, r * cols + to), r * (to - from));
    return { x, from, to };
  });
}

function addResults(bytes, { logSumExpOf, argmaxOf, entropyOf, crossEntropyOf }, states, { entropy, smoothing }) {
  bytes.addFloats(logSumExpOf(states));
  bytes.addFloats(Float64Array.from(argmaxOf(states)));
  if (entropy) bytes.addFloats(entropyOf(states));
  const labelSmoothing = smoothing ? 0.1 : 0;
  bytes.addFloats(crossEntropyOf(states, { labelSmoothing, zLoss: 1e-3, reduction: "none" }));
  // The losses of the first rows are finite.
  const some = states.subarray(0, 5 * STATE_LENGTH);
  bytes.addNumber(crossEntropyOf(some, { labelSmoothing, zLoss: 1e-3 }));
  const { sum, weight } = crossEntropyOf(some, { labelSmoothing, reduction: "parts" });
  bytes.addNumber(sum);
  bytes.addNumber(weight);
}

/** A piece's part of the probabilities and of the gradient. */
function addFrom(bytes, { softmaxFrom, crossEntropyGradFrom }, { x, place, own }, unlabelled, states) {
  const { shape, offset, labels } = place;
  bytes.addFloats(softmaxFrom(x, unlabelled, { shape }));
  const { weight } = own;
  const labelSmoothing = own.smoothing ? 0.1 : 0;
  for (const reduction of ["mean", "none"]) {
    const terms = { labelSmoothing, zLoss: 1e-3, reduction, upstream: 0.5 };
    bytes.addFloats(crossEntropyGradFrom(x, states, { shape, offset, labels, ...(weight && { weight }), ...terms }));
  }
}

/** What is no state, or not one of the same row, is refused in the same words everywhere. */
export function addShardRefusals(bytes, { partial, merge, crossEntropyOf, entropyOf, softmaxFrom }, refusalOf) {
  const x = Float32Array.of(1, 2, 3);
  const labelled = partial(x, { labels: [1] });
  for (const call of [
    () => merge(labelled, labelled),
    () => merge(labelled, partial(x, { temperature: 2 })),
    () => merge(labelled, [1, 2]),
    () => crossEntropyOf(partial(x)),
    () => crossEntropyOf(labelled, { labelSmoothing: 0.1 }),
    () => entropyOf(labelled),
    () => softmaxFrom(Float32Array.of(1, 2, 3, 4), labelled),
    () => partial(x, { offset: -1 }),
  ]) {
    bytes.addText(refusalOf(call));
  }
}
