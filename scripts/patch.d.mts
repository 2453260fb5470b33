export function patchOf(base: Buffer, target: Buffer): Buffer;
