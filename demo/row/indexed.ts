import { make } from "../elements.js";

/** A letter with the index of a class, counted from 1: x₁. */
export function indexed(letter: string, i: number): HTMLElement {
  return make("span", {}, make("var", {}, letter), make("sub", {}, String(i + 1)));
}
