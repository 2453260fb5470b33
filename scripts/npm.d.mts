import type { ExecFileSyncOptions } from "node:child_process";

export function npm(folder: string, args: readonly string[], options: ExecFileSyncOptions): string | Buffer;
