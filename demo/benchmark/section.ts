// The benchmark's section of the page: controls, progress, plot, table and summary.

import { announce } from "../announce.js";
import { choice, make, part } from "../elements.js";
import { nameOf } from "../nameOf.js";
import { countText } from "../numberText.js";
import { classesFor, effortOfAddress } from "./effort.js";
import { type Measurement, type Report, type WayName, WAYS, type Work } from "./messages.js";
import { drawPlot, legendOf } from "./plot.js";

const NAMES: Readonly<Record<WayName, string>> = {
  naive: "naive JavaScript",
  copied: "softmax-wasm, ordinary arrays",
  resident: "softmax-wasm, arrays in WebAssembly memory",
};

export function showBenchmark(): void {
  const effort = effortOfAddress();
  const work = choice<Work>("work", ["softmax", "crossEntropyGrad"], () => clear());
  const batch = choice("batch", ["1", "64"], () => clear());
  const run = part("benchmark-run", HTMLButtonElement);
  const cancel = part("benchmark-cancel", HTMLButtonElement);
  const progress = part("benchmark-progress", HTMLProgressElement);
  const plot = part("plot", HTMLElement);
  let measurements: Measurement[] = [];
  let classes: readonly number[] = [];
  let worker: Worker | undefined;

  part("isolated", HTMLElement).textContent = isolation(crossOriginIsolated);
  part("plot-legend", HTMLElement).append(...legendOf(NAMES));
  const draw = () => drawPlot(plot, measurements, classes);
  new ResizeObserver(draw).observe(plot);
  clear();

  run.addEventListener("click", () => {
    clear();
    setRunning(true);
    say("Starting the worker …");
    const started = new Worker(new URL("./benchmarkWorker.js", import.meta.url), { type: "module" });
    worker = started;
    started.addEventListener("message", ({ data }: MessageEvent<Report>) => take(data));
    started.addEventListener("error", () => fail("the worker’s script did not load"));
    started.postMessage({ work: work.current(), rows: Number(batch.current()), effort });
  });
  cancel.addEventListener("click", () => {
    stop();
    progress.value = 0;
    sayAloud("Cancelled.");
  });

  /** Earlier measurements do not apply to the new choice. */
  function clear(): void {
    measurements = [];
    classes = classesFor(effort, Number(batch.current()));
    progress.value = 0;
    draw();
    showTable(measurements, classes);
    say("Not run yet. A run takes about ten seconds.");
  }

  function take(report: Report): void {
    switch (report.kind) {
      case "setting":
        part("worker-backend", HTMLElement).textContent = nameOf(report.backend);
        part("isolated", HTMLElement).textContent = isolation(report.isolated);
        part("clock", HTMLElement).textContent = clockText(report.clockStepMs);
        break;
      case "progress":
        progress.value = report.done;
        say(`Measuring rows of ${countText(report.classes)} classes …`);
        break;
      case "measurement":
        measurements = [...measurements, report.measurement];
        draw();
        showTable(measurements, classes);
        break;
      case "end":
        progress.value = 1;
        stop();
        part("benchmark-status", HTMLElement).replaceChildren(...summaryOf(measurements));
        announce(part("benchmark-status", HTMLElement).textContent);
        break;
      case "failure":
        fail(report.message);
    }
  }

  function fail(message: string): void {
    stop();
    sayAloud(`Stopped: ${message}.`);
  }

  function stop(): void {
    worker?.terminate();
    worker = undefined;
    // A button that is disabled loses the focus, and only an enabled one can receive it.
    const hadFocus = document.activeElement === cancel;
    setRunning(false);
    if (hadFocus) run.focus();
  }

  function setRunning(running: boolean): void {
    run.disabled = running;
    cancel.disabled = !running;
    work.enable(!running);
    batch.enable(!running);
    if (running) cancel.focus();
  }
}

function say(text: string): void {
  part("benchmark-status", HTMLElement).textContent = text;
}

function sayAloud(text: string): void {
  say(text);
  announce(text);
}

function isolation(isolated: boolean): string {
  return isolated ? "yes" : "no, so the clock is coarser";
}

function clockText(ms: number): string {
  return ms < 1 ? `${Number((1000 * ms).toPrecision(2))} µs` : `${Number(ms.toPrecision(2))} ms`;
}

/** How many times as fast as naive JavaScript the copying library is. */
function ratioOf({ nanoseconds: { naive, copied } }: Measurement): number {
  return naive !== undefined && copied !== undefined ? naive / copied : NaN;
}

function summaryOf(measurements: readonly Measurement[]): (Node | string)[] {
  const first = measurements[0];
  const best = measurements.reduce((a, b) => (ratioOf(b) > ratioOf(a) ? b : a));
  const times = (one: Measurement) => make("data", { value: ratioOf(one) }, `${ratioOf(one).toFixed(1)} times`);
  const on = (one: Measurement) => ` on rows of ${countText(one.classes)} classes`;
  const all = `Checked and measured: softmax-wasm is `;
  if (best === first) return [all, times(best), ` as fast as naive JavaScript${on(best)}, its best result.`];
  return [all, times(first), ` as fast as naive JavaScript${on(first)}, and `, times(best), `${on(best)}.`];
}

function showTable(measurements: readonly Measurement[], classes: readonly number[]): void {
  const table = part("measurements", HTMLTableElement);
  const head = ["classes", ...WAYS, "ratio"].map((name) => make("th", { scope: "col" }, name));
  table.tHead?.replaceChildren(make("tr", {}, ...head));
  const rows = classes.map((count) => {
    const measured = measurements.find((one) => one.classes === count);
    const cell = (value: number | undefined, text: (value: number) => string) =>
      make("td", {}, value === undefined ? "–" : make("data", { value }, text(value)));
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, countText(count)),
      ...WAYS.map((way) => cell(measured?.nanoseconds[way], (value) => value.toFixed(value < 10 ? 2 : 1))),
      cell(measured && ratioOf(measured), (value) => `${value.toFixed(1)}×`),
    );
  });
  table.tBodies[0].replaceChildren(...rows);
}
