/** Writes digits of MNIST for the page into a folder. */
export function writeDigits(folder: string): void;
