const NAN = 0x7ff8000000000000n;
const SMALLEST_NORMAL = 2 ** -1022;

/** Bytes one after the other, little-endian, as every host with WebAssembly is. */
export class Bytes {
  #flush;
  #bytes = new Uint8Array(1 << 23);
  #length = 0;

  /** With `flush`, subnormal floats come in as 0, and −0 too. */
  constructor({ flush }) {
    this.#flush = flush;
  }

  /** Whether subnormal floats count as 0. */
  get flush() {
    return this.#flush;
  }

  /** All of them so far. */
  taken() {
    return this.#bytes.subarray(0, this.#length);
  }

  addFloats(floats) {
    const view = this.#room(floats.byteLength);
    const [words, isTiny] = floats.BYTES_PER_ELEMENT === 4 ? [1, isTinyFloat] : [2, isTinyDouble];
    const bits = new Uint32Array(floats.buffer, floats.byteOffset, words * floats.length);
    // The word with the exponent is the last one of each element.
    for (let i = 0; i < bits.length; i += words) {
      if (this.#flush && isTiny(bits[i + words - 1])) continue;
      for (let word = i; word < i + words; word++) view.setUint32(4 * word, bits[word], true);
    }
  }

  /** A NaN by one pattern: which NaN an operation gives is the engine's affair, and Firefox has another one than V8. */
  addNumber(value) {
    const view = this.#room(8);
    if (Number.isNaN(value)) view.setBigUint64(0, NAN, true);
    else if (!this.#flush || Math.abs(value) >= SMALLEST_NORMAL) view.setFloat64(0, value, true);
  }

  addText(text) {
    const view = this.#room(2 * text.length);
    for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  }

  /** A view of the next `count` bytes, which are taken by it. */
  #room(count) {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return new DataView(this.#bytes.buffer, start, count);
  }
}

const isTinyFloat = (bits) => (bits & 0x7f800000) === 0;
const isTinyDouble = (high) => (high & 0x7ff00000) === 0;
