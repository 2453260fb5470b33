// Who computes a linear layer with its loss and gradients. Each has `logits` and `step`, which give the milliseconds of a run,
// or a promise of them, and `check`: the loss and the sums of the gradients' sizes after a step.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { instantiate } from "../../../dist/index.js";
import { linearOn } from "../../../dist/linear.js";
import { instantiate as instantiateRelaxed } from "../../../dist/relaxed.js";
import { crossEntropyGrad } from "../../../test/reference/textbook.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);

function timed(run) {
  const begin = performance.now();
  run();
  return performance.now() - begin;
}

const sizeOf = (array) => array.reduce((sum, value) => sum + Math.abs(value), 0);

/** The library on an instance, with arrays of its own or ordinary ones. */
function library(name, instance, isResident, { rows, classes, x, weight, bias, labels }) {
  const { linear, linearCrossEntropyGrad } = linearOn(instance);
  const place = (length, from) => {
    if (!isResident) return from ?? new Float32Array(length);
    const array = instance.alloc(Float32Array, length);
    if (from !== undefined) array.view.set(from);
    return array;
  };
  const at = place(x.length, x);
  const layer = { weight: place(weight.length, weight), bias: place(bias.length, bias) };
  const out = { x: place(x.length), weight: place(weight.length), bias: place(bias.length) };
  let logits;
  const step = () => linearCrossEntropyGrad(at, layer, labels, { out });
  const view = (array) => (isResident ? array.view : array);
  return {
    name,
    logits: () => {
      logits ??= place(rows * classes);
      return timed(() => linear(at, layer, { out: logits }));
    },
    step: () => timed(step),
    check: () => [step().loss, ...[out.x, out.weight, out.bias].map((array) => sizeOf(view(array)))],
  };
}

const inWasm = (name, isResident, problem) => library(name, instantiate({ backend: "wasm" }), isResident, problem);

/** In linear memory too. */
function onRelaxed(problem) {
  const instance = instantiateRelaxed();
  const { variant, reason } = instance.backend();
  if (variant !== "relaxed") throw new Error(reason);
  return library("… relaxed SIMD", instance, true, problem);
}

/** The formulas as loops, in the order that reads adjacent elements. */
function naive({ rows, features, classes, x, weight, bias, labels }) {
  let z;
  const [gradX, gradWeight, gradBias] = [x, weight, bias].map(({ length }) => new Float32Array(length));
  const logits = () => {
    z ??= new Float32Array(rows * classes);
    for (let n = 0; n < rows; n++) {
      for (let c = 0; c < classes; c++) {
        let sum = 0;
        for (let d = 0; d < features; d++) sum += x[n * features + d] * weight[c * features + d];
        z[n * classes + c] = sum + bias[c];
      }
    }
  };
  const step = () => {
    logits();
    const loss = crossEntropyGrad(z, labels, z, rows, classes);
    for (const array of [gradX, gradWeight, gradBias]) array.fill(0);
    for (let n = 0; n < rows; n++) {
      for (let c = 0; c < classes; c++) {
        const g = z[n * classes + c];
        gradBias[c] += g;
        for (let d = 0; d < features; d++) {
          gradX[n * features + d] += g * weight[c * features + d];
          gradWeight[c * features + d] += g * x[n * features + d];
        }
      }
    }
    return loss;
  };
  return {
    name: "naive JavaScript",
    logits: () => timed(logits),
    step: () => timed(step),
    check: () => [step(), ...[gradX, gradWeight, gradBias].map(sizeOf)],
  };
}

/**
 * TensorFlow.js: its product, its loss of one-hot rows, and its own gradients of both. Tensors stay where it has them. W is C × D as
 * everywhere, or with `isTurned` D × C, so that the logits are the one product that it has no operand to turn for.
 */
async function tensorFlow(backend, isTurned, { rows, features, classes, x, weight, bias, labels }) {
  const tf = require("@tensorflow/tfjs-core");
  require("@tensorflow/tfjs-core/dist/register_all_gradients");
  require(`@tensorflow/tfjs-backend-${backend}`);
  await tf.setBackend(backend);
  const w = tf.tensor2d(weight, [classes, features]);
  const inputs = [tf.tensor2d(x, [rows, features]), isTurned ? tf.transpose(w) : w, tf.tensor1d(bias)];
  const layer = (a, w, b) => tf.add(tf.matMul(a, w, false, !isTurned), b);
  const gradients = tf.valueAndGrads((...parts) => {
    const oneHot = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classes), "float32");
    return tf.losses.softmaxCrossEntropy(oneHot, layer(...parts));
  });
  const step = () => {
    const { value, grads } = gradients(inputs);
    return [value, ...grads];
  };
  /** By the backend that the tensors are of. */
  const run = async (compute) => {
    await tf.setBackend(backend);
    return timed(() => tf.tidy(compute));
  };
  return {
    name: `tfjs-${backend}${isTurned ? ", W turned" : ""}`,
    logits: () => run(() => layer(...inputs).dataSync()[0]),
    step: () => run(() => step().map((tensor) => tensor.dataSync()[0])),
    check: async () => {
      await tf.setBackend(backend);
      return tf.tidy(() => step().map((tensor, i) => (i === 0 ? tensor.dataSync()[0] : sizeOf(tensor.dataSync()))));
    },
  };
}

/** A process that answers lines. */
function processOf(name, command, args, { rows, features, classes, x, weight, bias, labels }) {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-bench-"));
  const file = join(folder, "problem");
  const parts = [x, weight, bias, labels].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  parts.forEach((part) => writeFileSync(file, part, { flag: "a" }));
  const child = spawn(command, [...args, rows, features, classes, file].map(String), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${name} ended`);
    return value.trim().split(" ").map(Number);
  };
  return {
    name,
    logits: async () => (await ask("logits"))[0],
    step: async () => (await ask("step"))[0],
    check: () => ask("check"),
    free: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

const C_FLAGS = ["-O3", "-msse4.1", "-ffp-contract=off", "-std=c11", "-D_POSIX_C_SOURCE=200809L"];

function inC(problem) {
  mkdirSync(`${here}build`, { recursive: true });
  const binary = `${here}build/linear`;
  const sources = ["linear.c", "../libraries/native/softmax.c"].map((name) => here + name);
  const compiler = ["clang", "gcc"].find((name) => {
    try {
      execFileSync(name, [...C_FLAGS, ...sources, "-lm", "-o", binary], { stdio: "pipe" });
      return true;
    } catch {
      return false;
    }
  });
  if (compiler === undefined) throw new Error("neither clang nor gcc");
  return processOf(`C, 128 bits (${compiler})`, binary, [], problem);
}

/** By the first Python that has the package: its name need not be that of the system's packages. */
function inPython(name, module, problem) {
  const python = ["python3", "/usr/bin/python3"].find((command) => {
    const { status } = spawnSync(command, ["-c", `import numpy, ${module}`], { stdio: "ignore" });
    return status === 0;
  });
  if (python === undefined) throw new Error(`no Python with ${module}`);
  return processOf(`${name}, one thread`, python, ["-B", `${here}${module}_layer.py`], problem);
}

/** Slower ones would take minutes for the head of a language model. */
const isLarge = ({ rows, features, classes }) => rows * features * classes > 4e9;

const COMPETITORS = [
  { name: "softmax-wasm resident", make: (problem) => inWasm("softmax-wasm resident", true, problem) },
  { name: "… relaxed SIMD", make: onRelaxed },
  { name: "softmax-wasm copying", make: (problem) => inWasm("softmax-wasm copying", false, problem) },
  {
    name: "JS backend",
    isSlow: true,
    make: (problem) => library("JS backend", instantiate({ backend: "js" }), false, problem),
  },
  { name: "naive JavaScript", isSlow: true, make: naive },
  { name: "tfjs-wasm", make: (problem) => tensorFlow("wasm", false, problem) },
  { name: "tfjs-wasm, W turned", make: (problem) => tensorFlow("wasm", true, problem) },
  { name: "tfjs-cpu", isSlow: true, make: (problem) => tensorFlow("cpu", false, problem) },
  { name: "C, 128 bits", make: inC },
  { name: "NumPy", make: (problem) => inPython("NumPy", "numpy", problem) },
  { name: "PyTorch", make: (problem) => inPython("PyTorch", "torch", problem) },
];

/** All that can be had; the others' reasons are printed. */
export async function competitorsOn(problem, name) {
  const made = [];
  for (const { name: own, isSlow = false, make } of COMPETITORS) {
    if (name !== undefined && own !== name) continue;
    if (isSlow && isLarge(problem)) {
      console.log(`${own} skipped: minutes a run`);
      continue;
    }
    try {
      made.push(await make(problem));
    } catch (error) {
      console.log(`${own} skipped: ${error.message.split("\n")[0]}`);
    }
  }
  return made;
}

/** Rows and a layer of numbers around 0, the same at every run. */
export function problemOf(rows, features, classes) {
  const some = (length, step) => new Float32Array(length).map((_, i) => Math.sin(i * step) / 8);
  return {
    rows,
    features,
    classes,
    x: some(rows * features, 1.1),
    weight: some(classes * features, 0.7),
    bias: some(classes, 2.3),
    labels: new Int32Array(rows).map((_, n) => (n * 7919) % classes),
  };
}
