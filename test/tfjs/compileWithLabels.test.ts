import { describe, expect, it } from "vitest";
import * as tf from "../documentation/standIns/tensorflow.js";
import { compileWithLabels, sparseSoftmaxCrossEntropy } from "../../src/tfjs/index.js";

const loss = sparseSoftmaxCrossEntropy(tf);
const x = tf.tensor(new Float32Array(6), [3, 2]);
const labels = tf.tensor([0, 1, 2], [3], "int32");
const dense = tf.layers.dense({ units: 3, inputShape: [2] });
const LOG_3 = Math.fround(Math.log(3));

describe("compileWithLabels", () => {
  it("lets a model take labels, which it refuses without", async () => {
    const model = tf.sequential({ layers: [dense] });
    model.compile({ optimizer: "sgd", loss });
    expect(() => model.fit(x, labels, { epochs: 1 })).toThrow("target expected a batch of shape [*,3]");
    compileWithLabels(model, { optimizer: "sgd", loss });
    expect((await model.fit(x, labels, { epochs: 2 })).history.loss).toEqual([LOG_3, LOG_3]);
  });

  const outputs = [
    { name: "a", units: 3 },
    { name: "b", units: 1 },
  ];
  const mean = () => tf.scalar(0.5);

  it.each([
    ["one loss for all", loss, [loss, loss]],
    ["an array of losses", [loss, mean], [loss, mean]],
    ["an object of losses", { a: loss, b: mean }, [loss, mean]],
  ])("takes %s", (_, given, expected) => {
    const model = new tf.LayersModel(outputs);
    compileWithLabels(model, { optimizer: "sgd", loss: given });
    expect(model.lossFunctions).toEqual(expected);
    expect(model.metricsTensors, "what is evaluated").toEqual(expected.map((own, i) => [own, i]));
  });

  it("leaves losses alone that have a name", () => {
    const model = new tf.LayersModel(outputs);
    compileWithLabels(model, { optimizer: "sgd", loss: ["meanSquaredError", loss] });
    const [theirs, ours] = model.lossFunctions;
    expect([theirs === loss, ours]).toEqual([false, loss]);
    for (const named of ["meanSquaredError", undefined]) {
      const other = new tf.LayersModel(outputs);
      compileWithLabels(other, { optimizer: "sgd", loss: named as string });
      expect(other.lossFunctions).not.toContain(loss);
    }
  });

  it("leaves the loss under its own name, which is what is saved", () => {
    const model = tf.sequential({ layers: [dense] });
    compileWithLabels(model, { optimizer: "sgd", loss });
    expect([model.loss, model.model.loss]).toEqual([loss, loss]);
  });

  it("refuses what is no model of layers", () => {
    const other = { compile: () => undefined };
    const call = () => compileWithLabels(other, { loss });
    expect(call).toThrow("model: expected one of tf.sequential or tf.model, got an object (Object)");
    expect(call).toThrow(expect.objectContaining({ name: "TypeError", code: "ERR_OPTION" }));
    const none = () => compileWithLabels(undefined as never, { loss });
    expect(none).toThrow("model: expected one of tf.sequential or tf.model, got undefined");
  });

  it.each([undefined, null, "adam"])("refuses what are no arguments of model.compile: %s", (args) => {
    const call = () => compileWithLabels(tf.sequential({ layers: [dense] }), args as never);
    expect(call).toThrow(/^args: expected those of model\.compile, got /);
    expect(call).toThrow(expect.objectContaining({ name: "TypeError", code: "ERR_OPTION" }));
  });
});
