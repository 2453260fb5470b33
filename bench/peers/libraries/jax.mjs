// jax-js on its WebAssembly backend, which writes modules for each jitted function. Softmax and gradient are its own.

import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { RUNNING_SUM_IN_F32 } from "./tolerance.mjs";

export async function load() {
  await init("wasm");
  defaultDevice("wasm");
  const manifest = new URL("../node_modules/@jax-js/jax/package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  return { version: `${version}, ${defaultDevice()}, jit`, copying, resident };
}

/**
 * Arrays are given away by every use; `ref` keeps one for the next.
 *
 * The loss is the fastest that was found. nn.logSoftmax with a mask takes 1.6 times the time; nn.oneHot takes rows out of
 * an identity matrix, which is 10 GB for 50257 classes; the gradient of np.takeAlongAxis cannot be jitted.
 */
function functionOn(work, { rows, cols }) {
  if (work === "softmax") return jit((x) => [nn.softmax(x, -1)]);
  const loss = (x, labels) => {
    const isLabel = labels.reshape([rows, 1]).equal(np.arange(cols));
    const sums = nn.logsumexp(x.ref, -1).sum();
    return sums.sub(np.where(isLabel, x, 0).sum()).mul(1 / rows);
  };
  const both = valueAndGrad(loss);
  return jit((x, labels) => {
    const [value, grad] = both(x, labels);
    return [grad, value];
  });
}

const inputsOf = (work, { rows, cols, x, labels }) => [
  np.array(x).reshape([rows, cols]),
  ...(work === "softmax" ? [] : [np.array(labels)]),
];

function copying(work, problem) {
  const compute = functionOn(work, problem);
  let out;
  const run = () => {
    const [array, loss] = compute(...inputsOf(work, problem));
    out = array.dataSync();
    return loss ? loss.dataSync()[0] : 0;
  };
  const competitor = { name: "jax-js copying", run, result: () => out, tolerance: RUNNING_SUM_IN_F32 };
  return { competitors: [competitor], free: () => compute.dispose() };
}

/** It only computes when it is waited for. */
function resident(work, problem) {
  const compute = functionOn(work, problem);
  const inputs = inputsOf(work, problem);
  let out;
  const runAsync = async () => {
    out?.dispose();
    const [array, loss] = compute(...inputs.map((input) => input.ref));
    out = await array.blockUntilReady();
    return loss ? loss.dataSync()[0] : 0;
  };
  const competitor = {
    name: "jax-js resident",
    runAsync,
    result: () => out.ref.dataSync(),
    tolerance: RUNNING_SUM_IN_F32,
  };
  const free = () => {
    out?.dispose();
    for (const input of inputs) input.dispose();
    compute.dispose();
  };
  return { competitors: [competitor], free };
}
