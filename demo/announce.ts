import { part } from "./elements.js";

// Screen readers read each change of a live region to its end. While a slider moves, only where it rests is of use.
const REST_MS = 500;

let pending: ReturnType<typeof setTimeout> | undefined;

/** Lets screen readers say what changed, once it rests. */
export function announce(text: string): void {
  clearTimeout(pending);
  pending = setTimeout(() => (part("announcement", HTMLElement).textContent = text), REST_MS);
}
