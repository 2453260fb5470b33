// The module's bytes as text, in characters that no string literal has to escape.
//
// A byte is one character where it is among 89 neighbours, which most bytes of code are; else two. Compressed for the way
// to the browser that is 1 % more than the bytes themselves, where hexadecimal is 10 % and base64 43 % more: a byte that
// repeats is text that repeats. And it needs no decoder of the host, of which an AudioWorklet has none.

/**
 * The first of the 89 bytes that are written as one character, and which of the characters it is: chosen by trying all
 * (scripts/printable.mjs writes the text). What code has most of is then what JavaScript has most of, which is compressed
 * with it: 1 % of the download.
 */
const FIRST = 239;
const FIRST_CHARACTER = 46;
/** "#", the first character, and "|", the first of the two that stand for 89 and 178 more. */
const CHARACTER = 35;
const PREFIX = 124;
/** "!" stands for the backslash. */
const INSTEAD = 33;
const BACKSLASH = 92;

export function fromPrintable(text: string): Uint8Array<ArrayBuffer> {
  const bytes = [];
  let more = FIRST;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= PREFIX) {
      more += 89 * (code - PREFIX + 1);
    } else {
      const character = (code === INSTEAD ? BACKSLASH : code) - CHARACTER;
      bytes.push(((character + 89 - FIRST_CHARACTER) % 89) + more);
      more = FIRST;
    }
  }
  return Uint8Array.from(bytes);
}
