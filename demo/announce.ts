import { part } from "./elements.js";

// Screen readers read each change of a live region to its end, so only the value at which a slider rests is announced.
const REST_MS = 500;

let pending: ReturnType<typeof setTimeout> | undefined;

/** Announces a change to screen readers once no further change follows. */
export function announce(text: string): void {
  clearTimeout(pending);
  pending = setTimeout(() => (part("announcement", HTMLElement).textContent = text), REST_MS);
}
