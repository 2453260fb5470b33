const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number as the page shows it: 0.6307, −12.35, 2.06·10⁻⁹, ∞, NaN. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  if (size >= 1e-3 && size < 1e5) return sign + plain(size);
  const [digits, exponent] = size.toExponential(2).split("e");
  return `${sign}${digits}·10${superscript(Number(exponent))}`;
}

function plain(size: number): string {
  const before = size < 1 ? 1 : Math.floor(Math.log10(size)) + 1;
  return size.toFixed(Math.max(0, size < 1 ? 4 : 4 - before));
}

function superscript(exponent: number): string {
  const digits = String(Math.abs(exponent)).replaceAll(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
  return (exponent < 0 ? "⁻" : "") + digits;
}

/** A whole number, with commas. */
export function countText(value: number): string {
  return value.toLocaleString("en");
}

/** Shows a number in a <data>, which keeps all its digits. */
export function showNumber(element: HTMLDataElement, value: number, text = numberText(value)): void {
  element.value = String(value);
  element.textContent = text;
}
