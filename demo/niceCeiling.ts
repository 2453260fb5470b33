/** The next of 1, 2, 5, 10, 20, 50 … */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((one) => one * power >= value);
  return (factor ?? 10) * power;
}
