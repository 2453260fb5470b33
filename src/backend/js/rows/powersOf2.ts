/** A table filled with 0, `first`, 2·`first`, 4·`first`, …: by doubling, because importing the library takes the time. */
export function powersOf2<T extends Float32Array | Float64Array>(table: T, first: number): T {
  let power = first;
  for (let i = 1; i < table.length; i++) {
    table[i] = power;
    power *= 2;
  }
  return table;
}
