import { part } from "./elements.js";

/** A logarithmic slider: each step multiplies the value, which is rounded to two digits. */
export function logSlider(
  id: string,
  { from, to, start }: { readonly from: number; readonly to: number; readonly start: number },
  onChange: (value: number) => void,
) {
  const input = part(id, HTMLInputElement);
  const output = part(`${id}-value`, HTMLOutputElement);
  // Twenty steps per power of ten, so that 1 and 10 are among the values.
  input.min = String(Math.round(20 * Math.log10(from)));
  input.max = String(Math.round(20 * Math.log10(to)));
  input.step = "1";

  const value = () => Number((10 ** (input.valueAsNumber / 20)).toPrecision(2));
  const show = () => {
    output.textContent = String(value());
    input.setAttribute("aria-valuetext", String(value()));
  };
  const set = (given: number) => {
    input.value = String(Math.round(20 * Math.log10(given)));
    show();
  };
  input.addEventListener("input", () => {
    show();
    onChange(value());
  });
  set(start);
  return { value, set };
}
