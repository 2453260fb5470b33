/** Shorter ranges cost as much as the bytes themselves. */
const LEAST = 8;
/** How many ranges that begin alike are compared. */
const MOST = 64;

/** What makes `target` of `base`, as `patched` in src/backend/bytes.ts reads it. */
export function patchOf(base, target) {
  const starts = new Map();
  const keyAt = (bytes, at) => bytes.toString("latin1", at, at + LEAST);
  for (let at = 0; at + LEAST <= base.length; at++) {
    const key = keyAt(base, at);
    const others = starts.get(key);
    if (others === undefined) starts.set(key, [at]);
    else if (others.length < MOST) others.push(at);
  }

  const patch = leb(target.length);
  let own = [];
  for (let at = 0; at < target.length;) {
    let copied = 0;
    let from = 0;
    for (const start of starts.get(keyAt(target, at)) ?? []) {
      let count = LEAST;
      while (at + count < target.length && target[at + count] === base[start + count]) count++;
      if (count > copied) [copied, from] = [count, start];
    }
    if (copied === 0) own.push(target[at++]);
    else {
      patch.push(...leb(own.length), ...own, ...leb(copied), ...leb(from));
      own = [];
      at += copied;
    }
  }
  if (own.length > 0) patch.push(...leb(own.length), ...own, 0, 0);
  return Buffer.from(patch);
}

/** An unsigned number as LEB128. */
function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
