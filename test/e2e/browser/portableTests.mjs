import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const TEST = fileURLToPath(new URL("../..", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SRC = join(ROOT, "src");

/** What a browser has not. Its registry of modules cannot be emptied: there `resetModules` does nothing. */
const NODE = /["']node:|\bprocess\.|\bresetModules\b/;

/** What `npm test` does not run. */
const NOT_HERE = new Set(["e2e", "slow"]);

const LOCAL_IMPORT = /\bfrom "(\.{1,2}\/[^"]+)"/g;

/** The file with everything of test/ and src/ that it imports. */
function sourcesOf(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(LOCAL_IMPORT)) {
    const source = join(dirname(file), path.replace(/\.js$/, ".ts"));
    // Not where it is in a text that a test writes.
    if ((source.startsWith(TEST) || source.startsWith(SRC)) && existsSync(source)) sourcesOf(source, seen);
  }
  return seen;
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_HERE.has(entry.name) ? [] : testFiles(path);
    return entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

const files = testFiles(TEST).map((file) => {
  const needsNode = [...sourcesOf(file)].find((source) => NODE.test(readFileSync(source, "utf8")));
  return { file: relative(ROOT, file), needsNode: needsNode && relative(ROOT, needsNode) };
});

/** The test files that run anywhere. */
export const portableTests = () => files.filter(({ needsNode }) => !needsNode).map(({ file }) => file);

/** The others, each with the file that needs Node. */
export const nodeTests = () => files.filter(({ needsNode }) => needsNode);
