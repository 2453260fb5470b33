// Where the calling thread puts a task, and workers that are in `Atomics.wait` find it: sooner than by a message, for which
// an event loop has to come round and which has to be written and read.

import { readTask, type Task, TASK_NUMBERS, writeTask } from "./task.js";

// In i32. For all: how many have not done the task, and how often workers have said that they may all have.
const LEFT = 0;
const SIGNALS = 1;
/** Where the task is. */
const TASK = 16;
/** Where the seats are, each with a cache line of its own. */
const SEATS = 16 * Math.ceil((TASK + 2 * TASK_NUMBERS) / 16);
const SEAT = 16;
// In a seat: the number of the last task that its worker was given, of the last one that it has done, and whether it is
// there, where it sees a new one by itself.
const GIVEN = 0;
const DONE = 1;
const PRESENT = 2;

interface Awaited {
  readonly value: Promise<unknown> | string;
}
type WaitAsync = (words: Int32Array, index: number, value: number) => Awaited;

/** Missing from Firefox up to 144. */
const waitAsync = (): WaitAsync | undefined => (Atomics as { readonly waitAsync?: WaitAsync }).waitAsync;

/** The calling thread's side. One task at a time: the next one may be put up when all have done the last, or are gone. */
export class Board {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #task: Float64Array;
  #number = 0;
  #seen = 0;

  constructor(seats: number) {
    this.buffer = new SharedArrayBuffer(4 * (SEATS + seats * SEAT));
    this.#words = new Int32Array(this.buffer);
    this.#task = new Float64Array(this.buffer, 4 * TASK, TASK_NUMBERS);
  }

  /** Whether signals come by themselves; else the worker that gives one has to send a message. */
  get isHeard(): boolean {
    return waitAsync() !== undefined;
  }

  /** Readies a seat for another worker. The one before is gone. */
  clear(seat: number): void {
    this.#words.fill(0, placeOf(seat), placeOf(seat) + SEAT);
  }

  /** Puts a task up, for so many. */
  put(task: Task, workers: number): void {
    writeTask(task, this.#task);
    this.#number = (this.#number + 1) | 0;
    Atomics.store(this.#words, LEFT, workers);
  }

  /** Gives it to one of them. False: it is not there, and has to be told to look. */
  give(seat: number): boolean {
    const place = placeOf(seat);
    Atomics.store(this.#words, place + GIVEN, this.#number);
    Atomics.notify(this.#words, place + GIVEN);
    return Atomics.load(this.#words, place + PRESENT) !== 0;
  }

  hasDone(seat: number): boolean {
    return Atomics.load(this.#words, placeOf(seat) + DONE) === this.#number;
  }

  /** One of them will not do it: from now on each of the others gives a signal, not only the last. */
  giveUp(): void {
    Atomics.store(this.#words, LEFT, 0);
  }

  /** What is signalled after this comes by `signalled`. Ask `hasDone` after this. */
  look(): void {
    this.#seen = Atomics.load(this.#words, SIGNALS);
  }

  /** Resolves when there has been a signal since `look`. */
  async signalled(): Promise<void> {
    await waitAsync()?.(this.#words, SIGNALS, this.#seen).value;
  }

  /** Ends `signalled`. */
  release(): void {
    signal(this.#words);
  }
}

/** A worker's side. */
export class Seat {
  readonly #words: Int32Array;
  readonly #task: Float64Array;
  readonly #place: number;
  #taken: number;

  constructor(buffer: SharedArrayBuffer, seat: number) {
    this.#words = new Int32Array(buffer);
    this.#task = new Float64Array(buffer, 4 * TASK, TASK_NUMBERS);
    this.#place = placeOf(seat);
    this.#taken = Atomics.load(this.#words, this.#place + GIVEN);
  }

  come(): void {
    Atomics.store(this.#words, this.#place + PRESENT, 1);
  }

  /** False: it has just been given a task, and is still there. Once it is gone it is told to look. */
  leave(): boolean {
    Atomics.store(this.#words, this.#place + PRESENT, 0);
    if (!this.hasTask) return true;
    this.come();
    return false;
  }

  get hasTask(): boolean {
    return Atomics.load(this.#words, this.#place + GIVEN) !== this.#taken;
  }

  /** Until there is a task, at longest for so long. */
  wait(ms: number): void {
    Atomics.wait(this.#words, this.#place + GIVEN, this.#taken, ms);
  }

  take(): Task {
    this.#taken = Atomics.load(this.#words, this.#place + GIVEN);
    return readTask(this.#task);
  }

  /** The task is done. True: this was a signal that all may have done it. */
  done(): boolean {
    Atomics.store(this.#words, this.#place + DONE, this.#taken);
    if (Atomics.sub(this.#words, LEFT, 1) > 1) return false;
    signal(this.#words);
    return true;
  }
}

const placeOf = (seat: number): number => SEATS + seat * SEAT;

function signal(words: Int32Array): void {
  Atomics.add(words, SIGNALS, 1);
  Atomics.notify(words, SIGNALS);
}
