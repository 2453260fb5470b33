import * as beam from "apache-beam";
import { directRunner } from "apache-beam/runners/direct_runner";
import { requireForSerialization } from "apache-beam/serialization";
import { argmax, crossEntropy } from "softmax-wasm";
import { evaluate, itself, mergeStates, statesOf } from "./evaluation.js";
import { BOUNDS, CLASSES, labelsOf, logitsOf, ROWS_OF_BATCH } from "./logits.js";
import { combineOnWorkers } from "./workers.js";

const BATCHES = 4;
const batches = Array.from({ length: BATCHES }, (_, batch) => batch);
const pieces = Array.from({ length: BOUNDS.length - 1 }, (_, piece) => piece);
const shards = batches.flatMap((batch) => pieces.map((piece) => ({ batch, piece })));

/** The vocabulary in one piece. */
function inOneProcess() {
  const labels = Int32Array.from(batches.flatMap((batch) => Array.from(labelsOf(batch))));
  const shape = [labels.length, CLASSES];
  const logits = new Float32Array(labels.length * CLASSES);
  for (const batch of batches) logits.set(logitsOf(batch, 0, CLASSES), batch * ROWS_OF_BATCH * CLASSES);
  const predicted = argmax(logits, { shape });
  const correct = labels.filter((label, row) => label === predicted[row]).length;
  return { loss: crossEntropy(logits, labels, { shape }), accuracy: correct / labels.length };
}

async function onDirectRunner() {
  const results = [];
  const collect = ({ figures }) => void results.push(figures);
  requireForSerialization("main", { collect });
  await directRunner().run((root) =>
    root
      .apply(beam.create(shards))
      .map(statesOf)
      .apply(beam.groupBy("batch").combining(itself, mergeStates, "states"))
      .apply(beam.groupGlobally().combining(itself, evaluate, "figures"))
      .map(collect),
  );
  if (results.length !== 1) throw new Error(`expected one result, got ${results.length}`);
  return results[0];
}

function onWorkers(count) {
  const all = shards.map(statesOf);
  const whole = batches.map((batch) => {
    const ofBatch = all.filter((shard) => shard.batch === batch);
    return { batch, states: combineOnWorkers(count, mergeStates, ofBatch) };
  });
  return combineOnWorkers(count, evaluate, whole);
}

// Beam logs each bundle there.
console.debug = () => undefined;

const results = { "one process": inOneProcess(), "direct runner": await onDirectRunner() };
for (const count of [2, 3, 5]) results[`${count} workers`] = onWorkers(count);

console.log(`${BATCHES * ROWS_OF_BATCH} rows of ${CLASSES} classes, in ${shards.length} shards`);
for (const [name, { loss, accuracy }] of Object.entries(results)) {
  const [perplexity, percent] = [Math.exp(loss).toFixed(3), (100 * accuracy).toFixed(2)];
  console.log(`${name.padEnd(13)}  loss ${loss.toFixed(5)}  perplexity ${perplexity}  accuracy ${percent} %`);
}
check(results);

function check({ "one process": whole, "direct runner": merged, ...others }) {
  // Logits in f32: both losses are within 4 ulp.
  expectClose(merged, whole, 2 * 4 * 2 ** -23);
  // Any two trees of merges are within 2 ulp in f64, and each addition of a batch or a worker rounds once more.
  for (const other of Object.values(others)) expectClose(other, merged, (4 + 2 * BATCHES) * 2 ** -52);
  console.log("all agree");
}

function expectClose(actual, expected, bound) {
  const isClose = Math.abs(actual.loss - expected.loss) <= bound * expected.loss;
  if (isClose && actual.accuracy === expected.accuracy) return;
  throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
