// One row of logits: controls, bars of the library's results, and the results of naive formulas.

import { crossEntropyGrad, logSoftmax, softmax } from "softmax-wasm";
import { announce } from "../announce.js";
import { type Bars, barsIn } from "../bars.js";
import { choice, make, part } from "../elements.js";
import { logSlider } from "../logSlider.js";
import { niceCeiling } from "../niceCeiling.js";
import { numberText, showNumber } from "../numberText.js";
import { comparisonIn } from "./comparison.js";
import { explain } from "./explain.js";
import { type LogitRows, logitRowsIn } from "./logitRows.js";
import { naiveWays } from "./naiveWays.js";

const MOST = 6;

/** Example rows. Each shows its point at any number of classes. */
const ROWS = {
  ordinary: { logits: [2, 1, 0.1, -0.5, -1, 0.5], label: 1 },
  overflow: { logits: [1000, 1, 0.1, -0.5, -1, 0.5], label: 1 },
  confident: { logits: [20, 0, -30, -30, -30, -30], label: 0 },
  hopeless: { logits: [200, 0, 0.1, -0.5, -1, 0.5], label: 1 },
} as const;

export function showRow(): void {
  const state = { logits: [...ROWS.ordinary.logits] as number[], label: ROWS.ordinary.label as number };
  let shown: Shown;

  const classes = choice("classes", ["4", "5", "6"], () => rebuild());
  const precision = choice("precision", ["f32", "f64"], () => update());
  const temperature = logSlider("temperature", { from: 0.1, to: 10, start: 1 }, () => update());

  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-row]")) {
    button.addEventListener("click", () => {
      const row = ROWS[button.dataset.row as keyof typeof ROWS];
      state.logits = [...row.logits];
      state.label = row.label;
      temperature.set(1);
      shown.controls.set(state.logits, state.label);
      update();
    });
  }

  function rebuild(): void {
    const count = Number(classes.current());
    state.label = Math.min(state.label, count - 1);
    shown = build(count, {
      onLogit: (i, value) => {
        state.logits[i] = value;
        update();
      },
      onLabel: (i) => {
        state.label = i;
        update();
      },
    });
    shown.controls.set(state.logits, state.label);
    update();
  }

  function update(): void {
    const Type = precision.current() === "f32" ? Float32Array : Float64Array;
    const x = Type.from(state.logits.slice(0, Number(classes.current())));
    const text = show(shown, x, state.label, temperature.value());
    announce(text);
  }

  rebuild();
}

interface Shown {
  readonly controls: LogitRows;
  readonly softmax: Bars;
  readonly logSoftmax: Bars;
  readonly gradient: Bars;
  readonly compare: ReturnType<typeof comparisonIn>;
}

interface Handlers {
  readonly onLogit: (i: number, value: number) => void;
  readonly onLabel: (i: number) => void;
}

/** Rebuilds the rows of all tables for this many classes. */
function build(count: number, { onLogit, onLabel }: Handlers): Shown {
  const controls = part("logits", HTMLElement);
  controls.replaceChildren();
  const names = Array.from({ length: Math.min(count, MOST) }, (_, i) => () => make("span", {}, String(i + 1)));
  const bars = (id: string) => barsIn(part(id, HTMLTableElement), names);
  return {
    controls: logitRowsIn(controls, count, onLogit, onLabel),
    softmax: bars("softmax"),
    logSoftmax: bars("log-softmax"),
    gradient: bars("gradient"),
    compare: comparisonIn(part("comparison", HTMLTableElement), count),
  };
}

/** Computes and shows everything. Returns the announcement. */
function show(shown: Shown, x: Float32Array | Float64Array, label: number, temperature: number): string {
  const p = softmax(x, { temperature });
  const logP = logSoftmax(x, { temperature });
  const { loss, grad } = crossEntropyGrad(x, [label], { temperature });

  const lowest = niceCeiling(Math.max(1, ...Array.from(logP, Math.abs)));
  const steepest = 1 / temperature;
  const steepestText = numberText(Number(steepest.toPrecision(3))).replace(/\.?0+$/, "");
  shown.softmax.show(p, { from: 0, to: 1, ends: ["0", "1"] }, label);
  shown.logSoftmax.show(logP, { from: -lowest, to: 0, ends: [`−${lowest}`, "0"] }, label);
  shown.gradient.show(grad, { from: -steepest, to: steepest, ends: [`−${steepestText}`, "0", steepestText] }, label);
  showNumber(part("loss", HTMLDataElement), loss);

  const z = x.map((logit) => logit / temperature);
  const ways = naiveWays(z, label);
  shown.compare([ways.unstable, ways.shifted, { p, loss }]);
  const { trouble, text } = explain(z, ways, loss);
  const explanation = part("explanation", HTMLElement);
  explanation.textContent = text;
  explanation.classList.toggle("of-trouble", trouble);

  const said = `Class ${label + 1} has probability ${numberText(p[label])}, loss ${numberText(loss)}.`;
  return trouble ? `${said} ${text}` : said;
}
