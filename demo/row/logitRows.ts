import { make } from "../elements.js";
import { indexed } from "./indexed.js";
import { LAST, logitAt, positionOf } from "./logitScale.js";

const LIMIT = 1000;

/** The controls of the logits. */
export interface LogitRows {
  set(logits: readonly number[], label: number): void;
}

/** Fills the element with a row per logit: a button that makes it the label, a slider, and a field for exact values. */
export function logitRowsIn(
  parent: HTMLElement,
  count: number,
  onLogit: (i: number, value: number) => void,
  onLabel: (i: number) => void,
): LogitRows {
  const rows = Array.from({ length: count }, (_, i) => {
    const name = `logit ${i + 1}`;
    const radio = make("input", {
      type: "radio",
      name: "label",
      value: i,
      "aria-label": `class ${i + 1} is the label`,
    });
    const slider = make("input", { type: "range", min: -LAST, max: LAST, step: 1, "aria-label": name });
    const field = make("input", {
      type: "number",
      min: -LIMIT,
      max: LIMIT,
      step: "any",
      "aria-label": `${name}, exactly`,
    });

    const showSlider = (value: number) => {
      slider.value = String(positionOf(value));
      slider.setAttribute("aria-valuetext", String(value));
    };
    radio.addEventListener("change", () => onLabel(i));
    slider.addEventListener("input", () => {
      const value = logitAt(slider.valueAsNumber);
      field.value = String(value);
      slider.setAttribute("aria-valuetext", String(value));
      onLogit(i, value);
    });
    field.addEventListener("input", () => {
      // The field is empty or incomplete.
      if (!Number.isFinite(field.valueAsNumber)) return;
      const value = Math.min(LIMIT, Math.max(-LIMIT, field.valueAsNumber));
      showSlider(value);
      onLogit(i, value);
    });
    field.addEventListener("change", () => (field.value = String(logitOf(field, slider))));

    parent.append(
      make("div", { class: "logit-row" }, radio, make("span", { class: "name" }, indexed("x", i)), slider, field),
    );
    return { radio, field, showSlider };
  });

  return {
    set(logits, label) {
      rows.forEach(({ radio, field, showSlider }, i) => {
        radio.checked = i === label;
        field.value = String(logits[i]);
        showSlider(logits[i]);
      });
    },
  };
}

/** The value of a field on leaving it: its number within the limits, or the slider's value. */
function logitOf(field: HTMLInputElement, slider: HTMLInputElement): number {
  const typed = field.valueAsNumber;
  return Number.isFinite(typed) ? Math.min(LIMIT, Math.max(-LIMIT, typed)) : logitAt(slider.valueAsNumber);
}
