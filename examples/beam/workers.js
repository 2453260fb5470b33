// Imported first: its modules import each other in circles, which only resolve from this entry.
import "apache-beam";
import { GeneralObjectCoder } from "apache-beam/coders/js_coders";
import { decodeFromBase64, encodeToBase64 } from "apache-beam/worker/operators";

const coder = new GeneralObjectCoder();
const sent = (accumulator) => decodeFromBase64(encodeToBase64(accumulator, coder), coder);

/**
 * Combines inputs as a runner on many machines does: each worker has an accumulator for the inputs that come to it, and the
 * accumulators are sent by Beam's coder, merged, and sent again. The direct runner adds all inputs to one accumulator.
 */
export function combineOnWorkers(count, { createAccumulator, addInput, mergeAccumulators, extractOutput }, inputs) {
  const accumulators = Array.from({ length: count }, createAccumulator);
  inputs.forEach((input, i) => (accumulators[i % count] = addInput(accumulators[i % count], input)));
  // The runner decides in which order to merge: here the last two first, and then their result with the one before.
  const merged = accumulators.map(sent).reduceRight((a, b) => sent(mergeAccumulators([a, b])));
  return extractOutput(merged);
}
