// What the calling thread and its workers say to each other beside the board. Every message has the key `softmaxWasm`, so
// that a worker of the user's may have messages of its own.

/** A part of the shared memory. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
}

/** The first message: what to work with, and room for it. */
export interface Start {
  readonly softmaxWasm: "start";
  readonly memory: WebAssembly.Memory;
  readonly module: Uint8Array<ArrayBuffer>;
  readonly region: Region;
  readonly board: SharedArrayBuffer;
  readonly seat: number;
  /** Whether the calling thread hears the signals of the board; else a message has to go with them. */
  readonly heard: boolean;
  /** What to lock for as long as the worker lives. */
  readonly lock?: string;
}

export type ToWorker =
  | Start
  /** There is a task on the board. */
  | { readonly softmaxWasm: "look" }
  /** More room, as asked for. */
  | { readonly softmaxWasm: "room"; readonly region: Region };

export type FromWorker =
  | { readonly softmaxWasm: "ready" }
  /** There is a signal on the board. */
  | { readonly softmaxWasm: "signal" }
  /** The task in hand needs more room. */
  | { readonly softmaxWasm: "need"; readonly bytes: number }
  | { readonly softmaxWasm: "failed"; readonly reason: string };

/** Whether a message is one of ours. */
export const isOurs = (data: unknown): boolean => typeof data === "object" && data !== null && "softmaxWasm" in data;
