// The digits, as the page shows them: the pad, what the classifier reads, its training and its weights.

import { announce } from "../announce.js";
import { barsIn } from "../bars.js";
import { type EffortName, effortOfAddress } from "../benchmark/effort.js";
import { mix, palette } from "../colors.js";
import { part } from "../elements.js";
import { logSlider } from "../logSlider.js";
import { drawLossCurve } from "../lossCurve.js";
import { nameOf } from "../nameOf.js";
import { countText, numberText, showNumber } from "../numberText.js";
import { onThemeChange } from "../theme.js";
import { probabilitiesOf, untrained } from "./classifier.js";
import { CLASSES, type Digits, fetchDigits, PIXELS } from "./digits.js";
import type { Point, Stroke } from "./drawing.js";
import type { Order, Reading, Report } from "./messages.js";
import { Pad } from "./pad.js";
import { paint, weightPicturesIn } from "./pictures.js";

/** How often a training goes over all digits. */
const EPOCHS: Readonly<Record<EffortName, number>> = { full: 10, quick: 2 };

/** The training digits, before the worker has counted them. */
const DIGITS = 10_000;

/** Milliseconds between two reports, by default and where readers prefer reduced motion. */
const SMOOTH_MS = 25;
const CALM_MS = 1000;

export function showDigits(): void {
  const epochs = EPOCHS[effortOfAddress()];
  const rate = logSlider("digits-rate", { from: 0.01, to: 10, start: 0.5 }, () => undefined);
  const train = part("digits-train", HTMLButtonElement);
  const cancel = part("digits-cancel", HTMLButtonElement);
  const progress = part("digits-progress", HTMLProgressElement);
  const curve = part("digits-curve", HTMLElement);
  const seen = part("seen", HTMLCanvasElement);
  const names = Array.from({ length: CLASSES }, (_, digit) => () => document.createTextNode(String(digit)));
  const bars = barsIn(part("digit-probabilities", HTMLTableElement), names);
  const showWeights = weightPicturesIn(part("weights", HTMLUListElement));

  let colors = palette();
  let parameters = untrained();
  let readings: Reading[] = [];
  let worker: Worker | undefined;
  let examples: Promise<Digits> | undefined;
  let shown = -1;
  let label = "";
  let digitsToSee = epochs * DIGITS;

  const pad = new Pad(part("pad", HTMLCanvasElement), [three()], () => read());
  part("pad-clear", HTMLButtonElement).addEventListener("click", () => {
    pad.clear();
    announce(reading());
  });
  part("pad-example", HTMLButtonElement).addEventListener("click", () => {
    examples ??= fetchDigits("test");
    examples.then(
      ({ count, pixels, labels }) => {
        shown = (shown + 1) % count;
        label = `A test digit, whose label is ${labels[shown]}. `;
        pad.showExample(pixels.subarray(shown * PIXELS, (shown + 1) * PIXELS));
        announce(reading());
      },
      (error: unknown) => {
        examples = undefined;
        sayAloud(`No test digit: ${error instanceof Error ? error.message : String(error)}.`);
      },
    );
  });
  train.addEventListener("click", () => {
    readings = [];
    parameters = untrained();
    progress.value = 0;
    part("digits-right", HTMLDataElement).textContent = "–";
    draw();
    setRunning(true);
    say("Loading the digits …");
    worker ??= started();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const order: Order = { rate: rate.value(), epochs, reportMs: calm ? CALM_MS : SMOOTH_MS };
    worker.postMessage(order);
  });
  cancel.addEventListener("click", () => {
    stop();
    sayAloud("Cancelled. The weights stay as they are.");
  });
  onThemeChange(() => {
    colors = palette();
    draw();
  });
  new ResizeObserver(() => draw()).observe(curve);
  say("Not trained yet. Training takes about a second, and longer without WebAssembly.");
  draw();

  function started(): Worker {
    const starting = new Worker(new URL("./digitsWorker.js", import.meta.url), { type: "module" });
    starting.addEventListener("message", ({ data }: MessageEvent<Report>) => take(data));
    starting.addEventListener("error", () => fail("the worker’s script did not load"));
    return starting;
  }

  function take(report: Report): void {
    switch (report.kind) {
      case "loaded":
        digitsToSee = epochs * report.training;
        say(`Training by ${nameOf(report.backend)} …`);
        break;
      case "progress":
        progress.value = report.done;
        readings = [...readings, ...report.readings];
        parameters = report.parameters;
        draw();
        break;
      case "end": {
        const right = `${((100 * report.right) / report.tested).toFixed(1)} %`;
        showNumber(part("digits-right", HTMLDataElement), report.right / report.tested, right);
        setRunning(false);
        const digits = `${countText(digitsToSee)} digits in ${report.seconds.toFixed(2)} s`;
        sayAloud(`Trained on ${digits}: ${right} of ${countText(report.tested)} test digits are right.`);
        break;
      }
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
    setRunning(false);
  }

  function setRunning(running: boolean): void {
    // A button that is disabled loses the focus, and only an enabled one can receive it.
    const [from, to] = running ? [train, cancel] : [cancel, train];
    const hadFocus = document.activeElement === from;
    to.disabled = false;
    if (hadFocus) to.focus();
    from.disabled = true;
  }

  function draw(): void {
    const end = digitsToSee;
    drawLossCurve(curve, readings, { end, label: "The mean loss by the digits seen so far" });
    const last = readings.at(-1);
    showNumber(part("digits-seen", HTMLDataElement), last?.[0] ?? 0, countText(last?.[0] ?? 0));
    if (last === undefined) part("digits-loss", HTMLDataElement).textContent = "–";
    else showNumber(part("digits-loss", HTMLDataElement), last[1]);
    showNumber(part("largest-weight", HTMLDataElement), showWeights(parameters.weight, colors));
    read();
  }

  /** Shows the pad, and what the classifier reads there. */
  function read(): void {
    pad.draw(colors);
    const { image } = pad;
    paint(seen, (pixel) => mix(colors.raised, colors.ink, image[pixel]));
    const p = probabilitiesOf(image, parameters);
    const most = isTrained() ? p.indexOf(Math.max(...p)) : -1;
    bars.show(p, { from: 0, to: 1, ends: ["0", "1"] }, most);
    part("seen-note", HTMLElement).textContent = reading();
  }

  /** In a sentence. */
  function reading(): string {
    if (pad.isEmpty) return "Nothing is drawn.";
    const title = pad.showsExample ? label : "";
    if (!isTrained()) return `${title}Before training, all digits are equally probable.`;
    const p = probabilitiesOf(pad.image, parameters);
    const most = Math.max(...p);
    return `${title}Most probable: ${p.indexOf(most)}, with ${numberText(most)}.`;
  }

  function isTrained(): boolean {
    return readings.length > 0;
  }
}

function say(text: string): void {
  part("digits-status", HTMLElement).textContent = text;
}

function sayAloud(text: string): void {
  say(text);
  announce(text);
}

/** A 3, for the pad to begin with: two arcs. */
function three(): Stroke {
  const arc = (x: number, y: number, radius: number, from: number, to: number): Point[] =>
    Array.from({ length: 17 }, (_, i) => {
      const angle = ((from + ((to - from) * i) / 16) * Math.PI) / 180;
      return { x: x + radius * Math.cos(angle), y: y + radius * Math.sin(angle) };
    });
  return [...arc(0.47, 0.36, 0.15, -150, 90), ...arc(0.47, 0.68, 0.17, -90, 150)];
}
