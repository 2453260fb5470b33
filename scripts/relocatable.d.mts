export const BASE: number;
export function compileAt(address: number, file: string): Promise<Buffer>;
export function buildRelocatable(): Promise<void>;
