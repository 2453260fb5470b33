import { Destination } from "../../destination.js";
import type { Engine } from "../../engine.js";
import { F32, F64 } from "../../floatType.js";
import { type Job, newJob } from "../../run.js";
import { positionsOf } from "../../shape.js";
import { OPERATIONS } from "../operations.js";
import type { Task } from "../task.js";

/** The job of a task: its arrays as views of the shared memory, where `run` finds them in place. */
export function jobOf(engine: Engine, task: Task): Job {
  const { layout, loss } = task;
  const { buffer } = engine.memory;
  const type = task.type === "f32" ? F32 : F64;
  const positions = positionsOf(layout);
  const length = positions * layout.cols;
  const like = (address: number) => (address === 0 ? null : type.viewOf(buffer, address, length));
  const doubles = (address: number, count: number) => (address === 0 ? null : new Float64Array(buffer, address, count));

  const job = newJob(OPERATIONS[task.operation], type, type.viewOf(buffer, task.x, length), layout);
  job.temperature = task.temperature;
  job.mask = task.mask === 0 ? null : new Uint8Array(buffer, task.mask, length);
  job.absent = task.absent;
  job.beside = like(task.beside);
  job.factor = task.factor;
  job.penalty = task.penalty;
  job.upstream = doubles(task.upstream, positions);
  job.accumulate = task.accumulate;
  if (task.out !== 0) job.out = new Destination(engine, like(task.out), type, length);
  if (task.values !== 0) {
    const values = type.viewOf(buffer, task.values, positions);
    job.values = { take: (heap, at, count, position) => values.set(heap.subarray(at, at + count), position) };
  }
  if (loss !== null) {
    job.loss = {
      labels: new Int32Array(buffer, loss.labels, positions),
      weights: doubles(loss.weights, layout.cols),
      share: loss.share,
      lambda: loss.lambda,
      // The calling thread divides.
      divisor: 1,
      spread: loss.spread ? { targets: like(loss.targets), each: doubles(loss.eachAt, positions) ?? loss.each } : null,
    };
  }
  return job;
}
