// A worker: what it is told, and what it answers.

import { type FromWorker, isOurs, type ToWorker } from "../messages.js";
import { Attendant } from "./attendant.js";

/** The other end, whichever kind of worker this is. */
export interface Port {
  post(message: FromWorker): void;
  listen(take: (data: unknown) => void): void;
  /** Locks a name for as long as the worker lives. */
  lock(name: string): Promise<void>;
}

export function serve(port: Port): void {
  let attendant: Attendant | undefined;
  const take = async (message: ToWorker): Promise<void> => {
    if (message.softmaxWasm === "start") {
      if (message.lock !== undefined) await port.lock(message.lock);
      attendant = new Attendant(message, port);
      port.post({ softmaxWasm: "ready" });
    } else if (message.softmaxWasm === "room") {
      attendant?.enlarge(message.region);
    } else {
      attendant?.attend();
    }
  };
  port.listen((data) => {
    if (!isOurs(data)) return;
    take(data as ToWorker).catch((error: unknown) => {
      port.post({ softmaxWasm: "failed", reason: error instanceof Error ? error.message : String(error) });
    });
  });
}
