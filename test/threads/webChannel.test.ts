import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { channelTo } from "../../src/threads/channel.js";
import type { ToWorker } from "../../src/threads/messages.js";
import { Locks, SilentWorker } from "./workersHere.js";

type Start = Extract<ToWorker, { softmaxWasm: "start" }>;
const START: Start = { softmaxWasm: "start", module: Uint8Array.of(3) };
const READY = { softmaxWasm: "ready" } as const;
const turn = () => new Promise((resolve) => setTimeout(resolve));

function open() {
  const worker = new SilentWorker();
  const events: unknown[] = [];
  const channel = channelTo(worker, {
    message: (message) => events.push(message),
    died: (reason) => events.push(reason),
  });
  return { worker, events, channel };
}

let locks: Locks;
beforeEach(() => {
  locks = new Locks();
  vi.stubGlobal("navigator", { locks });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Starts a worker that holds its lock, as a browser's does, until it ends. */
async function started() {
  const opened = open();
  opened.channel.post(START);
  const [{ lock }] = opened.worker.heard as [Start];
  let end: () => void = () => undefined;
  const living = new Promise<void>((resolve) => {
    end = resolve;
  });
  void locks.request(lock ?? "", () => living);
  opened.worker.say(READY);
  await turn();
  return { ...opened, end };
}

describe("the channel to a worker of a browser", () => {
  it("hands on what is the library's, and no message of the user's", () => {
    const { worker, events } = open();
    for (const data of [null, "ready", { ready: true }, READY]) worker.say(data);
    expect(events).toEqual([READY]);
  });

  it("names a lock of its own to each worker at its start, and nothing else of it changes", () => {
    const [one, other] = [open(), open()];
    one.channel.post(START);
    one.channel.post({ softmaxWasm: "ping" });
    other.channel.post(START);
    const [start, ping] = one.worker.heard;
    expect(start).toEqual({ ...START, lock: expect.stringMatching(/^softmax-wasm /) as string });
    expect(ping).toEqual({ softmaxWasm: "ping" });
    expect((start as Start).lock).not.toBe((other.worker.heard[0] as Start).lock);
  });

  it("knows by the lock that a worker has closed itself, and says so once", async () => {
    const { events, channel, end } = await started();
    expect(events).toEqual([READY]);
    end();
    await turn();
    expect(events).toEqual([READY, "it ended"]);
    await channel.end();
    expect(events).toEqual([READY, "it ended"]);
  });

  it("ends a worker, and is done when it has ended", async () => {
    const { worker, events, channel, end } = await started();
    const ended = channel.end().then(() => events.push("resolved"));
    expect(worker.isAlive).toBe(false);
    await turn();
    expect(events, "it may still be in the middle of something").toEqual([READY]);
    end();
    await ended;
    expect(events).toEqual([READY, "it ended", "resolved"]);
  });

  it.each([
    ["no locks", {}],
    ["no navigator", undefined],
  ])("where there is %s asks for no lock, and gives a worker a second to end", async (_, navigator) => {
    vi.stubGlobal("navigator", navigator);
    vi.useFakeTimers();
    const { worker, events, channel } = open();
    channel.post(START);
    expect(worker.heard).toEqual([START]);
    worker.say(READY);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events, "nothing says whether it lives").toEqual([READY]);
    const ended = channel.end();
    await vi.advanceTimersByTimeAsync(999);
    expect(events).toEqual([READY]);
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect(events).toEqual([READY, "it ended"]);
  });

  it("says what a worker threw, which is then no error of the page's", () => {
    const { worker, events } = open();
    expect(worker.fail("boom").defaultPrevented).toBe(true);
    expect(worker.fail().defaultPrevented).toBe(true);
    worker.dispatchEvent(new Event("messageerror"));
    expect(events).toEqual(["it threw boom", "its script did not load", "it sent what cannot be read"]);
  });
});
