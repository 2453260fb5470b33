import { show, typeError } from "../errors.js";

/** A model of layers, as far as it is used here. */
interface Model<Args> {
  compile(args: Args): void;
}

/** What a compiled model holds, by the names that TensorFlow.js gives it. */
interface Compiled {
  loss: unknown;
  lossFunctions: unknown[];
  readonly metricsTensors: [metric: unknown, output: number][];
  readonly outputNames: readonly string[];
}

/** The loss that `fit` and `evaluate` take labels for, and "accuracy" compares them with the largest logit. */
const TAKES_LABELS = "sparseCategoricalCrossentropy";

/**
 * `model.compile` for losses that take labels, such as {@link sparseSoftmaxCrossEntropy}.
 *
 * After plain `model.compile`, `model.fit` refuses labels: it wants targets of the shape of the model's output, unless
 * the loss is its own "sparseCategoricalCrossentropy". So the model is compiled with that loss, which is then replaced
 * by the given ones. The metric "accuracy" works. `model.fitDataset` does not check shapes, and needs only
 * `model.compile`.
 *
 * @param model What `tf.sequential` or `tf.model` gives.
 * @param args What `model.compile` takes. Each loss that is a function gets labels, one loss for all outputs, or an array or
 *   an object of one for each.
 * @throws TypeError with the code ERR_OPTION where the model is none.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { compileWithLabels, sparseSoftmaxCrossEntropy } from "softmax-wasm/tfjs";
 *
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] })] });
 * compileWithLabels(model, { optimizer: "sgd", loss: sparseSoftmaxCrossEntropy(tf), metrics: ["accuracy"] });
 *
 * const x = tf.tensor([-2, 0, 2, 0, 0, 3], [3, 2]);
 * const labels = tf.tensor([0, 1, 2], [3], "int32");
 * const { history } = await model.fit(x, labels, { epochs: 20 });
 * history.loss.length; // → 20
 * ```
 */
export function compileWithLabels<Args extends object>(model: Model<Args>, args: Args): void {
  if (typeof (model as Partial<typeof model> | undefined)?.compile !== "function") throw noModel(model);
  if (typeof args !== "object" || (args as unknown) === null) {
    throw typeError("ERR_OPTION", `args: expected those of model.compile, got ${show(args)}`);
  }
  const { loss = [] } = args as { readonly loss?: unknown };
  const standIn = (each: unknown) => (typeof each === "function" ? TAKES_LABELS : each);
  model.compile({ ...args, loss: each(loss, standIn) });
  // A sequential model contains a layers model, which does the work.
  const compiled = ((model as { model?: unknown }).model ?? model) as Compiled;
  if (!Array.isArray(compiled.lossFunctions) || !Array.isArray(compiled.metricsTensors)) {
    throw noModel(model);
  }
  const lossOf = (output: number): unknown => {
    if (Array.isArray(loss)) return (loss as unknown[])[output];
    return typeof loss === "object" ? (loss as Record<string, unknown>)[compiled.outputNames[output]] : loss;
  };
  compiled.lossFunctions = compiled.lossFunctions.map((theirs, output) => {
    const own = lossOf(output);
    return typeof own === "function" ? own : theirs;
  });
  // With several outputs, the losses are among the metrics too.
  if (compiled.lossFunctions.length > 1) {
    compiled.lossFunctions.forEach((own, output) => (compiled.metricsTensors[output] = [own, output]));
  }
  // So that a model that is saved with its optimizer does not name the loss that stood in.
  compiled.loss = loss;
  (model as unknown as { loss: unknown }).loss = loss;
}

const noModel = (model: unknown): Error =>
  typeError("ERR_OPTION", `model: expected one of tf.sequential or tf.model, got ${show(model)}`);

/** What a function makes of one loss, or of each of several. */
function each(loss: unknown, map: (loss: unknown) => unknown): unknown {
  if (Array.isArray(loss)) return loss.map(map);
  if (typeof loss !== "object" || loss === null) return map(loss);
  return Object.fromEntries(Object.entries(loss).map(([name, own]) => [name, map(own)]));
}
