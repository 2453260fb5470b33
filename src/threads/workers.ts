// The workers of a pool: their start, their tasks, their deaths and their replacements.

import { reasonOf } from "../backend/standIn.js";
import { type AnyWorker, type Channel, channelTo } from "./channel.js";
import { messageOf } from "./errors.js";
import type { FromWorker, Task, ToWorker } from "./messages.js";

/** A worker that has not answered by then counts as unable to start: its script may be a wrong one. */
const START_MS = 10_000;
/** Pings of a worker that has started. The first ones find it compiling. */
const PINGS = 4;
/**
 * While workers compute, the calling thread only copies, so a single worker would be no faster than that thread alone.
 */
const FEWEST = 2;

interface Member {
  readonly channel: Channel;
  /** Resolves a pending question with the worker's answer, or with the reason why there is none. */
  answer: ((reason: string | undefined) => void) | undefined;
  isReady: boolean;
  isDead: boolean;
}

/** A task in progress, and the workers that work on it. */
interface Running {
  readonly members: Set<Member>;
  readonly settle: (failure: string | undefined) => void;
  failure: string | undefined;
}

export class Workers {
  private readonly make: () => AnyWorker;
  private readonly module: Uint8Array<ArrayBuffer>;
  private readonly onFailure: () => void;
  private readonly members = new Set<Member>();
  private running: Running | undefined;
  private hasEnded = false;
  /** Milliseconds from a message to its answer, where a worker has nothing else to do. */
  roundTrip = Infinity;
  private notStarted: string | undefined;
  private notReplaced: string | undefined;

  /** `onFailure`: when a task fails, while other workers may still be at it. */
  constructor(module: Uint8Array<ArrayBuffer>, make: () => AnyWorker, onFailure: () => void) {
    this.module = module;
    this.make = make;
    this.onFailure = onFailure;
  }

  private get ready(): Member[] {
    return [...this.members].filter(({ isReady }) => isReady);
  }

  /** Workers that can be given a task. */
  get size(): number {
    return this.ready.length;
  }

  /** Why there are fewer workers than were asked for. */
  get reason(): string | undefined {
    const reasons = [this.notStarted, this.notReplaced].filter((reason) => reason !== undefined);
    return reasons.length > 0 ? reasons.join("; ") : undefined;
  }

  /** Starts workers. Whether enough of them have started; those that have not are ended. */
  async open(count: number): Promise<boolean> {
    const reasons = await Promise.all(Array.from({ length: count }, () => this.start()));
    const failures = reasons.filter((reason) => reason !== undefined);
    const started = count - failures.length;
    if (started < count) {
      const which = started === 0 ? "no worker" : `${started} of ${count} workers started`;
      this.notStarted = reasonOf(`${which}: ${failures[0]}`, "pool").reason;
    }
    return started >= FEWEST;
  }

  /** Why it does not start, where it does not. */
  private async start(): Promise<string | undefined> {
    let member: Member;
    try {
      const channel = channelTo(this.make(), {
        message: (message) => this.hear(member, message),
        died: (reason) => this.bury(member, reason),
      });
      member = { channel, answer: undefined, isReady: false, isDead: false };
    } catch (error) {
      return messageOf(error);
    }
    this.members.add(member);
    const timer = setTimeout(() => this.bury(member, `it did not answer within ${START_MS / 1000} s`), START_MS);
    let reason = await this.ask(member, { softmaxWasm: "start", module: this.module });
    for (let ping = 0; ping < PINGS && reason === undefined; ping++) {
      const begin = performance.now();
      reason = await this.ask(member, { softmaxWasm: "ping" });
      this.roundTrip = Math.min(this.roundTrip, performance.now() - begin);
    }
    clearTimeout(timer);
    if (reason !== undefined) return reason;
    member.isReady = true;
    member.channel.letGo();
    return undefined;
  }

  /** Resolves when the worker answers: with undefined, or with why it does not. */
  private ask(member: Member, message: ToWorker): Promise<string | undefined> {
    return new Promise((resolve) => {
      member.answer = resolve;
      this.post(member, message);
    });
  }

  private post(member: Member, message: ToWorker): void {
    try {
      member.channel.post(message);
    } catch (error) {
      this.bury(member, messageOf(error));
    }
  }

  /**
   * Gives a task to all workers, when no other task is in progress. Resolves when none of them works on it any more:
   * with undefined, or with the reason why it was not finished.
   */
  work(task: Task): Promise<string | undefined> {
    const members = new Set(this.ready);
    return new Promise((settle) => {
      this.running = { members, settle, failure: undefined };
      for (const member of members) {
        member.channel.hold();
        this.post(member, { softmaxWasm: "task", task });
      }
    });
  }

  private hear(member: Member, message: FromWorker): void {
    if (message.softmaxWasm === "failed") this.bury(member, message.reason);
    else if (message.softmaxWasm === "done") {
      member.channel.letGo();
      this.leave(member);
    } else member.answer?.(undefined);
  }

  /** A worker no longer works on the task. */
  private leave(member: Member): void {
    const { running } = this;
    if (running?.members.delete(member) !== true || running.members.size > 0) return;
    this.running = undefined;
    running.settle(running.failure);
  }

  /** Gives up a worker: its task fails, and another worker takes its place. */
  private bury(member: Member, reason: string): void {
    if (member.isDead) return;
    const wasReady = member.isReady;
    member.isDead = true;
    member.isReady = false;
    this.members.delete(member);
    member.answer?.(reason);
    const { running } = this;
    if (running?.members.has(member) === true && running.failure === undefined) {
      running.failure = reason;
      this.onFailure();
    }
    const leave = (): void => this.leave(member);
    void member.channel.end().then(leave, leave);
    if (wasReady && !this.hasEnded) void this.replace();
  }

  private async replace(): Promise<void> {
    const reason = await this.start();
    if (reason !== undefined) this.notReplaced = `a worker died, and none could take its place: ${reason}`;
  }

  /** Ends all workers. */
  async end(): Promise<void> {
    this.hasEnded = true;
    const members = [...this.members];
    for (const member of members) this.bury(member, "the pool was terminated");
    await Promise.all(members.map(({ channel }) => channel.end()));
  }
}
