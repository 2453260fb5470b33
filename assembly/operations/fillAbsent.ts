import { ABSENT, COLS, LENGTHS, OUT, ROWS } from "../abi";
import { address, count, number } from "../call";

/** OUT = ABSENT behind the LENGTHS leading elements of each row. */
export function fillAbsent<T>(call: usize): void {
  const absent = <T>number(call, ABSENT);
  const row = (<usize>count(call, COLS)) << alignof<T>();
  let out = address(call, OUT);
  let length = address(call, LENGTHS);
  for (let rows = count(call, ROWS); rows > 0; --rows, out += row, length += 4) {
    fill<T>(out + ((<usize>load<i32>(length)) << alignof<T>()), out + row, absent);
  }
}

/** `value` from an address to another. */
@inline
export function fill<T>(out: usize, end: usize, value: T): void {
  const v = v128.splat<T>(value);
  if (end - out >= 16) {
    for (const last = end - 16; out < last; out += 16) v128.store(out, v);
    v128.store(end - 16, v);
  } else for (; out < end; out += sizeof<T>()) store<T>(out, value);
}
