/** Shuffles the elements in place, with every order equally likely (Fisher–Yates), and returns them. */
export function shuffle(elements: Uint32Array, random: () => number): Uint32Array {
  for (let last = elements.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [elements[last], elements[other]] = [elements[other], elements[last]];
  }
  return elements;
}
