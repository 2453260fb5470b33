// The workers: their start, their tasks, their deaths and their successors.

import { WINDOW_BYTES } from "../window.js";
import { Board } from "./board.js";
import { type AnyWorker, type Channel, channelTo } from "./channel.js";
import type { PoolMemory } from "./memory.js";
import type { FromWorker, Region } from "./messages.js";
import { END_OF_DATA, FIRST_DATA, relocated } from "./relocated.js";
import type { Task } from "./task.js";

/** A worker that has not answered by then is taken for one that cannot start: its script may be another one. */
const START_MS = 10_000;

/** What becomes of a task. */
export interface Outcome {
  /** All parts are done. */
  done(): void;
  /** A worker died while it had the task; others may still be at it. */
  failed(reason: string): void;
  /** No worker is at it any more, whatever became of it: there may be another one. */
  left(): void;
}

interface Running {
  readonly outcome: Outcome;
  readonly members: Set<Member>;
  failed: boolean;
}

interface Member {
  readonly channel: Channel;
  readonly data: number;
  /** At the board. */
  readonly seat: number;
  region: Region;
  /** Resolves when it can be given a task: to why not, where it never can. */
  readonly started: Promise<string | undefined>;
  readonly tell: (reason: string | undefined) => void;
  ready: boolean;
  dead: boolean;
}

export class Crew {
  readonly #memory: PoolMemory;
  readonly #make: () => AnyWorker;
  /** What the data of an instance takes. */
  readonly #dataBytes: number;
  /** Places for it that nobody has. */
  readonly #data: number[] = [];
  readonly #members = new Set<Member>();
  readonly #board: Board;
  #running: Running | undefined;
  #listens = false;
  readonly #onDeath: (reason: string) => void;
  #ended = false;
  /** Why there are fewer workers than were asked for. */
  reason: string | undefined;

  /** `heapBase`: what the module says of itself with its data at FIRST_DATA, where the calling thread's is. */
  constructor(memory: PoolMemory, heapBase: number, make: () => AnyWorker, onDeath: (reason: string) => void) {
    this.#memory = memory;
    this.#make = make;
    this.#onDeath = onDeath;
    this.#dataBytes = Math.ceil((heapBase - FIRST_DATA) / 256) * 256;
    for (let at = FIRST_DATA + this.#dataBytes; at + this.#dataBytes <= END_OF_DATA; at += this.#dataBytes) {
      this.#data.push(at);
    }
    this.#board = new Board(this.#data.length);
  }

  /** Workers that can be given a task. */
  get size(): number {
    return [...this.#members].filter(({ ready }) => ready).length;
  }

  /** Starts workers; why not, where one of them does not start. */
  async open(count: number): Promise<string | undefined> {
    const reasons = await Promise.all(Array.from({ length: count }, () => this.#start()));
    return reasons.find((reason) => reason !== undefined);
  }

  /** Why it does not start, where it does not. */
  async #start(): Promise<string | undefined> {
    const data = this.#data.shift();
    if (data === undefined) return "no room is left for the data of one more";
    let member: Member;
    try {
      member = this.#hire(data);
    } catch (error) {
      this.#data.unshift(data);
      return messageOf(error);
    }
    this.#members.add(member);
    try {
      const { channel, seat, region } = member;
      const { buffer, isHeard } = this.#board;
      channel.post({
        softmaxWasm: "start",
        memory: this.#memory.pages,
        module: relocated(data, true),
        region,
        board: buffer,
        seat,
        heard: isHeard,
      });
    } catch (error) {
      this.#bury(member, messageOf(error));
    }
    const timer = setTimeout(() => this.#bury(member, `it did not answer within ${START_MS / 1000} s`), START_MS);
    const reason = await member.started;
    clearTimeout(timer);
    return reason;
  }

  #hire(data: number): Member {
    const region = this.#regionOf(WINDOW_BYTES);
    const seat = (data - FIRST_DATA) / this.#dataBytes - 1;
    this.#board.clear(seat);
    let tell!: Member["tell"];
    const started = new Promise<string | undefined>((resolve) => {
      tell = resolve;
    });
    try {
      const channel = channelTo(this.#make(), {
        message: (message) => this.#hear(member, message),
        died: (reason) => this.#bury(member, reason),
        gone: () => this.#clear(member),
      });
      const member: Member = { channel, data, seat, region, started, tell, ready: false, dead: false };
      return member;
    } catch (error) {
      this.#memory.releaseNow(region.address);
      throw error;
    }
  }

  #regionOf(bytes: number): Region {
    return { address: this.#memory.allocate(bytes), bytes };
  }

  /** Gives a task to all workers. No other one is under way. */
  work(task: Task, outcome: Outcome): void {
    const members = new Set([...this.#members].filter(({ ready }) => ready));
    this.#running = { outcome, members, failed: false };
    this.#board.put(task, members.size);
    for (const { channel, seat } of members) {
      channel.hold();
      if (!this.#board.give(seat)) channel.post({ softmaxWasm: "look" });
    }
    this.#listen();
  }

  #listen(): void {
    if (this.#listens || this.#running === undefined || !this.#board.isHeard) return;
    this.#listens = true;
    void this.#board.signalled().then(() => {
      this.#listens = false;
      this.#look();
      this.#listen();
    });
  }

  /** Who has done the task has left it. */
  #look(): void {
    this.#board.look();
    for (const member of this.#running?.members ?? []) {
      if (!this.#board.hasDone(member.seat)) continue;
      member.channel.letGo();
      this.#leave(member);
    }
  }

  #hear(member: Member, message: FromWorker): void {
    if (member.dead) return;
    switch (message.softmaxWasm) {
      case "ready":
        member.ready = true;
        member.channel.letGo();
        member.tell(undefined);
        break;
      case "signal":
        this.#look();
        break;
      case "need":
        this.#enlarge(member, message.bytes);
        break;
      case "failed":
        this.#bury(member, message.reason);
    }
  }

  #leave(member: Member): void {
    const running = this.#running;
    if (running?.members.delete(member) !== true || running.members.size > 0) return;
    this.#running = undefined;
    if (!running.failed) running.outcome.done();
    running.outcome.left();
  }

  /** A row that is longer than its window needs a longer one. */
  #enlarge(member: Member, bytes: number): void {
    try {
      const region = this.#regionOf(bytes);
      this.#memory.releaseNow(member.region.address);
      member.region = region;
      member.channel.post({ softmaxWasm: "room", region });
    } catch (error) {
      this.#bury(member, messageOf(error));
    }
  }

  /** A worker is of no more use: its tasks fail at once, and another one takes its place. */
  #bury(member: Member, reason: string): void {
    if (member.dead) return;
    const wasReady = member.ready;
    member.dead = true;
    member.ready = false;
    this.#members.delete(member);
    void member.channel.end();
    member.tell(reason);
    this.#fail(member, reason);
    if (!wasReady || this.#ended) return;
    this.#onDeath(reason);
    void this.#replace();
  }

  /** The task that it was at. The others go on until they find no part of it, and leave it one by one. */
  #fail(member: Member, reason: string): void {
    const running = this.#running;
    if (running?.members.has(member) !== true || running.failed) return;
    running.failed = true;
    running.outcome.failed(reason);
    this.#board.giveUp();
    this.#look();
  }

  async #replace(): Promise<void> {
    const reason = await this.#start();
    if (reason !== undefined) this.reason = `a worker died, and none could take its place: ${reason}`;
  }

  /** A dead worker has stopped: what it worked on is free. Where nothing says so (channel.ts) it stays taken. */
  #clear(member: Member): void {
    this.#data.push(member.data);
    this.#memory.releaseNow(member.region.address);
    this.#leave(member);
  }

  /** Ends all workers. */
  async end(): Promise<void> {
    this.#ended = true;
    const members = [...this.#members];
    for (const member of members) this.#bury(member, "the pool was terminated");
    await Promise.all(members.map(({ channel }) => channel.end()));
    this.#board.release();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
