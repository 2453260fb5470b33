// The bytes of modules as text: two hexadecimal digits each, which nearly every host decodes by itself. Compressed for the way
// to the browser that is a tenth more than the bytes. base64, which hosts decode as well, is 43 % more: bytes that repeat are
// not characters that repeat.

/** What hosts have for it: browsers and Node from 25 on `fromHex`, older versions of Node their Buffer. */
interface Host {
  readonly Uint8Array: { fromHex?(text: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from?(text: string, encoding: "hex"): Uint8Array<ArrayBuffer> };
}

/** Four bytes or more. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const host = globalThis as unknown as Host;
  const length = text.length / 2;
  try {
    const bytes = host.Uint8Array.fromHex?.(text) ?? host.Buffer?.from?.(text, "hex");
    // A page may have a Buffer of its own, of another kind.
    if (bytes?.length === length) return bytes;
  } catch {
    // As below.
  }
  // By numbers of four bytes: half the time of one character after the other, where the loop runs for the first time. The
  // last number may overlap the one before.
  const view = new DataView(new ArrayBuffer(length));
  for (let next = 0; next < length; next += 4) {
    const at = Math.min(next, length - 4);
    view.setUint32(at, parseInt(text.slice(2 * at, 2 * at + 8), 16));
  }
  return new Uint8Array(view.buffer);
}

/**
 * The bytes that a patch (scripts/patch.mjs) makes of others: its length, and in turn bytes of its own, after how many there
 * are, and a range of the others, after its length and its beginning. Numbers are unsigned LEB128.
 */
export function patched(base: Uint8Array, patch: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = patch[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const bytes = new Uint8Array(number());
  let end = 0;
  const add = (from: Uint8Array, begin: number, count: number): void => {
    bytes.set(from.subarray(begin, begin + count), end);
    end += count;
  };
  while (at < patch.length) {
    const own = number();
    add(patch, at, own);
    at += own;
    const copied = number();
    add(base, number(), copied);
  }
  return bytes;
}
