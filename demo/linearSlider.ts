import { part } from "./elements.js";

/** A slider in equal steps. `text` is how the page and screen readers say a value. */
export function linearSlider(
  id: string,
  scale: { readonly from: number; readonly to: number; readonly step: number; readonly start: number },
  text: (value: number) => string,
  onChange: () => void,
) {
  const input = part(id, HTMLInputElement);
  const output = part(`${id}-value`, HTMLOutputElement);
  input.min = String(scale.from);
  input.max = String(scale.to);
  input.step = String(scale.step);

  const value = () => input.valueAsNumber;
  const set = (given: number) => {
    input.value = String(given);
    show();
  };
  function show(): void {
    output.textContent = text(value());
    input.setAttribute("aria-valuetext", text(value()));
  }
  input.addEventListener("input", () => {
    show();
    onChange();
  });
  set(scale.start);
  return { value, reset: () => set(scale.start) };
}
