import { Seat } from "../board.js";
import type { Region, Start } from "../messages.js";
import type { Task } from "../task.js";
import { Bench } from "./bench.js";
import type { Port } from "./serve.js";

/**
 * How long a worker stays at the board, asleep or at work, before it lets messages through. A call that comes later pays for
 * a message, 0.1 ms: a 200th of what has passed since.
 */
const STAY_MS = 20;

/** Goes from the board to the bench and back, as long as there is something to do. */
export class Attendant {
  readonly #port: Port;
  readonly #seat: Seat;
  readonly #bench: Bench;
  readonly #isHeard: boolean;
  /** The task that waits for room. */
  #waiting: Task | undefined;

  constructor({ memory, module, region, board, seat, heard }: Start, port: Port) {
    this.#port = port;
    this.#seat = new Seat(board, seat);
    this.#bench = new Bench(memory, module, region);
    this.#isHeard = heard;
  }

  enlarge(region: Region): void {
    this.#bench.enlarge(region);
    const task = this.#waiting;
    this.#waiting = undefined;
    if (task === undefined || this.#do(task)) this.attend();
  }

  /** Does tasks as they come. */
  attend(): void {
    // Told of a task that it had seen by itself.
    if (this.#waiting !== undefined) return;
    const end = performance.now() + STAY_MS;
    this.#seat.come();
    for (;;) {
      if (this.#seat.hasTask && !this.#do(this.#seat.take())) return;
      const left = end - performance.now();
      if (left > 0) this.#seat.wait(left);
      else if (this.#seat.leave()) return;
    }
  }

  /** False where it has to wait for room. */
  #do(task: Task): boolean {
    const bytes = this.#bench.work(task);
    if (bytes > 0) {
      this.#waiting = task;
      this.#port.post({ softmaxWasm: "need", bytes });
      return false;
    }
    if (this.#seat.done() && !this.#isHeard) this.#port.post({ softmaxWasm: "signal" });
    return true;
  }
}
