// The module's bytes as text, in characters that no string literal has to escape.
//
// A byte is one character where it is among 89 neighbours, which most bytes of code are; else two. Compressed for the way to
// the browser that is a few per cent more than the bytes themselves, where base64 is 43 % more: a byte that repeats is text
// that repeats. It needs no decoder of the host; an AudioWorklet has none. scripts/printable.mjs writes it.

/** The first of the 89 bytes, so that 0xfd, which begins every SIMD instruction, and small numbers are among them. */
const FIRST = 239;
const VALUES = 89;
/** The first character, "#", and the first of the two that stand for 89 and 178 more, "|". */
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
      more += VALUES * (code - PREFIX + 1);
    } else {
      bytes.push((code === INSTEAD ? BACKSLASH : code) - CHARACTER + more);
      more = FIRST;
    }
  }
  return Uint8Array.from(bytes);
}
