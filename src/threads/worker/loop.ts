// A worker: what it is told, and what it answers.

import type { Engine } from "../../backend/engine.js";
import type { Call, Loss, More } from "../../call.js";
import { execute } from "../../execute.js";
import { type FloatArray, type FloatType, floatTypeOf } from "../../floatType.js";
import { workOnLayer } from "../../linear/shared/layerWork.js";
import { type Output, outputIn } from "../../memory/placed.js";
import { ownEngine } from "../engines.js";
import { messageOf } from "../errors.js";
import { type CallTask, type FromWorker, isOurs, NEXT, READY, type ToWorker } from "../messages.js";
import { partAt } from "../jobs/parts.js";
import { kernelNamed } from "./kernelNamed.js";

/** The other end, whichever kind of worker this is. */
export interface Port {
  post(message: FromWorker): void;
  listen(take: (data: unknown) => void): void;
  /** Locks a name for as long as the worker lives. */
  lock(name: string): Promise<void>;
}

export function serve(port: Port): void {
  let engine: Engine | undefined;
  const answer = async (message: ToWorker): Promise<FromWorker> => {
    if (message.softmaxWasm === "start") {
      if (message.lock !== undefined) await port.lock(message.lock);
      engine = ownEngine(message.module);
      return { softmaxWasm: "ready" };
    }
    if (message.softmaxWasm === "ping") return { softmaxWasm: "pong" };
    const { task } = message;
    if ("products" in task) workOnLayer(engine as Engine, task);
    else work(engine as Engine, task);
    return { softmaxWasm: "done" };
  };
  port.listen((data) => {
    if (!isOurs(data)) return;
    const failed = (error: unknown) => port.post({ softmaxWasm: "failed", reason: messageOf(error) });
    answer(data as ToWorker).then((message) => port.post(message), failed);
  });
}

/** Does parts of a task as long as there are any. */
function work(engine: Engine, task: CallTask): void {
  const { control, cut, rows, inner } = task;
  const call = callOf(engine, task);
  for (;;) {
    const part = Atomics.add(control, NEXT, 1);
    if (part >= cut.count) return;
    waitForInput(control, part);
    (call.more as More).part = partAt(rows, inner, cut, part);
    execute(engine, call);
  }
}

/** The calling thread is copying it, and does nothing else before it has. */
function waitForInput(control: Int32Array, part: number): void {
  for (let ready; (ready = Atomics.load(control, READY)) <= part;) Atomics.wait(control, READY, ready);
}

/** The call of a task. */
function callOf({ memory }: Engine, task: CallTask): Call {
  const place = (array: FloatArray): Output =>
    outputIn(memory, floatTypeOf(array) as FloatType, array.length, array, array);
  const placeAny = (array: FloatArray | null): Output | null => (array === null ? null : place(array));
  const { rows, cols, inner, absent, scale, temperature, operation, labels, terms, more } = task;
  let loss: Loss | null = null;
  if (labels !== null || terms !== null) {
    const losses = terms === null ? null : { ...terms, probabilities: placeAny(terms.probabilities) };
    // The calling thread reduces the losses and divides.
    loss = { labels, at: 0, reduction: "none", divisor: 1, more: losses };
  }
  return {
    kernel: kernelNamed(operation),
    x: place(task.x),
    rows,
    cols,
    inner,
    absent,
    loss,
    scale,
    temperature,
    out: placeAny(task.out),
    values: placeAny(task.values),
    sum: null,
    more: { ...more, operand: placeAny(more.operand) },
  };
}
