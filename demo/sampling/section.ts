// Twenty candidates for the next token: sliders for the filters of `sample`, what they cut, and what 1,000 draws give.

import { announce } from "../announce.js";
import { make, part } from "../elements.js";
import { linearSlider } from "../linearSlider.js";
import { type Distribution, distributionOf } from "./distribution.js";
import type { Cut, Filters } from "./filters.js";
import { percentText, tokenTableIn } from "./table.js";
import { LOGITS, TOKENS } from "./tokens.js";

const DRAWS = 1000;

export function showSampling(): void {
  const show = tokenTableIn(part("tokens", HTMLTableElement), TOKENS);
  const two = (value: number) => value.toFixed(2);
  const sliders = {
    temperature: linearSlider("draw-temperature", { from: 0, to: 2, step: 0.05, start: 1 }, two, change),
    topK: linearSlider("top-k", { from: 1, to: 20, step: 1, start: 14 }, (k) => (k === 20 ? "all" : String(k)), change),
    topP: linearSlider(
      "top-p",
      { from: 0.01, to: 1, step: 0.01, start: 0.95 },
      (p) => (p === 1 ? "all" : two(p)),
      change,
    ),
    minP: linearSlider("min-p", { from: 0, to: 1, step: 0.01, start: 0.1 }, (p) => (p === 0 ? "off" : two(p)), change),
  };
  // Kept while sliders move, so that only what they do changes the bars.
  let random = newRandom();

  part("draw", HTMLButtonElement).addEventListener("click", () => {
    random = newRandom();
    change();
  });
  part("draw-reset", HTMLButtonElement).addEventListener("click", () => {
    for (const slider of Object.values(sliders)) slider.reset();
    change();
  });

  function change(): void {
    announce(update());
  }

  function update(): string {
    const filters: Filters = {
      temperature: sliders.temperature.value(),
      topK: sliders.topK.value(),
      topP: sliders.topP.value(),
      minP: sliders.minP.value(),
    };
    const distribution = distributionOf(LOGITS, filters, random);
    show(distribution, DRAWS);
    const text = summaryOf(distribution);
    part("draw-summary", HTMLElement).textContent = text;
    part("draw-call", HTMLElement).replaceChildren(...callOf(filters));
    return text;
  }

  update();
}

function newRandom(): Float64Array {
  return Float64Array.from({ length: DRAWS }, () => Math.random());
}

/** The call as a program would write it, without options at their defaults. */
function callOf({ temperature, topK, topP, minP }: Filters): (Node | string)[] {
  const options = [
    temperature === 1 ? "" : `temperature: ${temperature}`,
    topK === TOKENS.length ? "" : `topK: ${topK}`,
    topP === 1 ? "" : `topP: ${topP}`,
    minP === 0 ? "" : `minP: ${minP}`,
  ].filter((option) => option !== "");
  if (options.length === 0) return ["sample(logits)"];
  const separated = options.flatMap((option, i) => [i === 0 ? "" : ", ", make("span", {}, option)]);
  return ["sample(logits, { ", ...separated, " })"];
}

function summaryOf({ before, cuts }: Distribution): string {
  const count = (cut: Cut) => cuts.filter((one) => one === cut).length;
  const left = count(undefined);
  const mass = cuts.reduce((sum, cut, i) => sum + (cut === undefined ? before[i] : 0), 0);
  const filters = (["temperature", "top-k", "top-p", "min-p"] as const).filter((filter) => count(filter) > 0);
  if (filters.length === 0) return `All ${cuts.length} tokens can be drawn.`;
  if (filters[0] === "temperature") return `Temperature 0 always takes the most probable token, “${TOKENS[0]}”.`;
  const list = filters.map((filter, i) => {
    // No line ends after the hyphen of a name.
    const name = filter.replace("-", "\u2011");
    return `${name} cuts ${count(filter)}${i === 0 ? ` of ${cuts.length}` : ""}`;
  });
  const rest = left === 1 ? "The 1 left has" : `The ${left} left have`;
  return `${capital(list.join(", "))}. ${rest} ${percentText(mass)} of the probability.`;
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
