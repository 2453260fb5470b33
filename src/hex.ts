/**
 * The bytes of hexadecimal text. Compressed for the way to the browser, hexadecimal is a quarter smaller than base64: a
 * byte that repeats is text that repeats. And it needs no decoder of the host, of which an AudioWorklet has none.
 */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
