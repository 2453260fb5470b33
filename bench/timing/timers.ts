// Two ways to time a body for a short while, in nanoseconds a run of it.

import Benchmark from "benchmark";
import { median } from "./median.js";

/** The headline's: the median of the samples that benchmark.js takes. */
export class BenchmarkJs {
  static readonly version = Benchmark.version;
  readonly #benchmark: Benchmark;

  constructor(name: string, body: () => void, seconds: number) {
    // `body` has to stay a function with neither `setup` nor `teardown` beside it: given one of those, benchmark.js
    // compiles the body anew from its text, where the variables around it are not to be had.
    this.#benchmark = new Benchmark(name, body, {
      async: false,
      minTime: seconds / 4,
      maxTime: seconds,
      minSamples: 3,
      // What a body throws it would keep to itself.
      onError: ({ target }: Benchmark.Event) => {
        throw new Error(`${name} failed while it was timed`, { cause: (target as { error?: unknown }).error });
      },
    });
  }

  time(): number {
    return 1e9 * median(this.#benchmark.run().stats.sample);
  }
}

/** The witness: a plain loop around the same body. */
export function timeByLoop(body: () => void, seconds: number): number {
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.ceil(seconds * 1e9));
  let runs = 0;
  let now = start;
  while (now < end || runs < 3) {
    body();
    runs++;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / runs;
}

/** The headline's, for a body that answers by promise. */
export class DeferredBenchmarkJs {
  readonly #name: string;
  readonly #body: () => Promise<void>;
  readonly #seconds: number;

  constructor(name: string, body: () => Promise<void>, seconds: number) {
    this.#name = name;
    this.#body = body;
    this.#seconds = seconds;
  }

  time(): Promise<number> {
    return new Promise((resolve, reject) => {
      const failed = (error: unknown) => {
        benchmark.abort();
        reject(new Error(`${this.#name} failed while it was timed`, { cause: error }));
      };
      const benchmark = new Benchmark(this.#name, {
        defer: true,
        fn: (deferred: Benchmark.Deferred) => void this.#body().then(() => deferred.resolve(), failed),
        delay: 0,
        minTime: this.#seconds / 4,
        maxTime: this.#seconds,
        minSamples: 3,
        onComplete: () => resolve(1e9 * median(benchmark.stats.sample)),
      });
      benchmark.run();
    });
  }
}

/** The witness, likewise. */
export async function timeByAsyncLoop(body: () => Promise<void>, seconds: number): Promise<number> {
  const start = process.hrtime.bigint();
  const end = start + BigInt(Math.ceil(seconds * 1e9));
  let runs = 0;
  let now = start;
  while (now < end || runs < 3) {
    await body();
    runs++;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / runs;
}
