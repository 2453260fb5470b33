// The entries for resolvers that do not read `exports`: TypeScript with `moduleResolution: node`, Parcel, older bundlers. They
// look for a folder of the entry's name, whose package.json names the files.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";

/** The file that conditions, tried in this order, lead to. */
function fileOf(target, conditions) {
  if (typeof target === "string") return target;
  const condition = conditions.find((name) => Object.hasOwn(target, name));
  return fileOf(target[condition], conditions);
}

/** What package.json in the folder of an entry has to say, by folder. */
export function subpathsOf(manifest) {
  const entries = Object.entries(manifest.exports).filter(([name]) => name !== "." && name !== "./package.json");
  return entries.map(([name, target]) => {
    // A file for everyone, without types: what importing it gives is for the bundler to declare.
    if (typeof target === "string") return { folder: posix.normalize(name), main: posix.relative(name, target) };
    const from = (...conditions) => posix.relative(name, fileOf(target, conditions));
    return {
      folder: posix.normalize(name),
      main: from("require", "default"),
      module: from("import", "default"),
      types: from("types", "require", "default"),
    };
  });
}

/** Writes them into the package at `root`. */
export function writeSubpaths(root, manifest) {
  for (const { folder, ...names } of subpathsOf(manifest)) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, "package.json"), `${JSON.stringify(names, undefined, 2)}\n`);
  }
}
