/** Bytes as src/backend/printable.ts reads them. */
export function toPrintable(bytes) {
  let text = "";
  for (const byte of bytes) {
    const value = (byte - 239) & 255;
    const prefixes = Math.floor(value / 89);
    if (prefixes > 0) text += String.fromCharCode(123 + prefixes);
    const character = String.fromCharCode(35 + (value % 89));
    text += character === "\\" ? "!" : character;
  }
  return text;
}
