import { readdirSync } from "node:fs";
import { posix } from "node:path";

/** Built, or of others. */
const NOT_OURS = /^(?:node_modules|build|dist|coverage|results)$|^\.(?!github)/;

const below = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.test(entry.name)) return [];
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? below(path) : [path];
  });

/** Every document of the repository. */
export const documents = below(".").filter((path) => path.endsWith(".md"));

/** The sources, whose doc comments have examples. */
export const sources = below("src").filter((path) => path.endsWith(".ts"));
