import type { Layout } from "../shape.js";
import type { Cut } from "./parts.js";

/** A job (run.ts) of which all arrays lie in shared memory: their addresses, 0 for what is not there. */
export interface Task {
  /** Its place in OPERATIONS. */
  readonly operation: number;
  readonly type: "f32" | "f64";
  readonly layout: Layout;
  readonly cut: Cut;
  /** Two i32: the next part to be taken, and how many parts have their input in place. */
  readonly control: number;
  /** The memory has as many bytes at least. */
  readonly end: number;
  readonly x: number;
  readonly beside: number;
  readonly mask: number;
  readonly upstream: number;
  readonly out: number;
  readonly values: number;
  readonly temperature: number;
  readonly absent: number;
  readonly factor: number;
  readonly penalty: number;
  readonly accumulate: boolean;
  readonly loss: TaskLoss | null;
}

export interface TaskLoss {
  readonly labels: number;
  readonly weights: number;
  readonly share: number;
  readonly lambda: number;
  readonly spread: boolean;
  readonly targets: number;
  /** One number for all positions; else the address of one a position. */
  readonly each: number;
  readonly eachAt: number;
}

/** Places in `control`. */
export const NEXT = 0;
export const READY = 1;

/** What a task is written as. */
export const TASK_NUMBERS = 30;

const NO_LOSS: TaskLoss = {
  labels: 0,
  weights: 0,
  share: 0,
  lambda: 0,
  spread: false,
  targets: 0,
  each: 0,
  eachAt: 0,
};

export function writeTask(task: Task, to: Float64Array): void {
  const { layout, cut, loss } = task;
  const { labels, weights, share, lambda, spread, targets, each, eachAt } = loss ?? NO_LOSS;
  to.set([task.operation, Number(task.type === "f64"), layout.rows, layout.cols, layout.inner]);
  to.set([cut.count, cut.rows, cut.columns, task.control, task.end, task.x, task.beside], 5);
  to.set([task.mask, task.upstream, task.out, task.values, task.temperature, task.absent], 12);
  to.set([task.factor, task.penalty, Number(task.accumulate), Number(loss !== null)], 18);
  to.set([labels, weights, share, lambda, Number(spread), targets, each, eachAt], 22);
}

export function readTask(from: Float64Array): Task {
  const [operation, isF64, rows, cols, inner, count, cutRows, columns, control, end, x, beside] = from;
  const [mask, upstream, out, values, temperature, absent, factor, penalty, accumulate, hasLoss] = from.subarray(12);
  const [labels, weights, share, lambda, spread, targets, each, eachAt] = from.subarray(22);
  return {
    operation,
    type: isF64 === 1 ? "f64" : "f32",
    layout: { rows, cols, inner },
    cut: { count, rows: cutRows, columns },
    control,
    end,
    x,
    beside,
    mask,
    upstream,
    out,
    values,
    temperature,
    absent,
    factor,
    penalty,
    accumulate: accumulate === 1,
    loss: hasLoss === 1 ? { labels, weights, share, lambda, spread: spread === 1, targets, each, eachAt } : null,
  };
}
