// A worker: what it is told, and what it answers.

import { type FromWorker, isOurs, type ToWorker } from "../messages.js";
import { Bench } from "./bench.js";

/** The other end, whichever kind of worker this is. */
export interface Port {
  post(message: FromWorker): void;
  listen(take: (data: unknown) => void): void;
  /** Locks a name for as long as the worker lives. */
  lock(name: string): Promise<void>;
}

export function serve(port: Port): void {
  let bench: Bench | undefined;
  const take = async (message: ToWorker): Promise<void> => {
    if (message.softmaxWasm === "start") {
      if (message.lock !== undefined) await port.lock(message.lock);
      bench = new Bench(message.memory, message.module, message.region);
      port.post({ softmaxWasm: "ready" });
      return;
    }
    if (bench === undefined) return;
    if (message.softmaxWasm === "room") bench.enlarge(message.region);
    else bench.begin(message.task);
    for (let answer = bench.work(); answer !== undefined; answer = bench.work()) port.post(answer);
  };
  port.listen((data) => {
    if (!isOurs(data)) return;
    take(data as ToWorker).catch((error: unknown) => {
      port.post({ softmaxWasm: "failed", reason: error instanceof Error ? error.message : String(error) });
    });
  });
}
