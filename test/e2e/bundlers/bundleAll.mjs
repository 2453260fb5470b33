import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { servePages } from "../hosts/pageServer.mjs";
import { unpackLibrary } from "../packedLibrary.mjs";
import { table } from "../runtimes/table.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { bundleRow } from "./bundleRow.mjs";
import { BUNDLERS } from "./bundlers.mjs";
import { openChromium } from "./chromium.mjs";
import { importMapRow, viteDevRow } from "./unbundledRows.mjs";
import { viteLibraryRow } from "./viteLibrary.mjs";

/** Runs all rows and prints them. True where none failed. */
export async function bundleAll() {
  const { folder, tarball, manifest } = unpackLibrary();
  for (const name of ["all", "softmaxOnly", "js", "relaxed", "threads", "ownWorker", "nodeLibrary"]) {
    cpSync(fileURLToPath(new URL(name, import.meta.url)), join(folder, name), { recursive: true });
  }
  const server = await servePages(folder);
  const browser = await chromium();
  const stage = { folder, manifest, server, browser };

  const rows = [];
  for (const bundler of BUNDLERS) rows.push(await settled(bundler, () => bundleRow(stage, bundler)));
  rows.push(await settled({ name: "vite library", version: BUNDLERS[0].version }, () => viteLibraryRow(stage)));
  rows.push(await settled({ name: "vite dev", version: BUNDLERS[0].version }, () => viteDevRow(stage)));
  rows.push(await settled({ name: "import map", version: "" }, () => importMapRow(stage)));

  await browser?.close();
  server.close();
  rmSync(folder, { recursive: true });
  return print(tarball, rows);
}

/** Undefined, said in a line, where there is none to be had. */
async function chromium() {
  try {
    return await openChromium();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`skipped in Chromium: ${error.message}`);
    return undefined;
  }
}

async function settled({ name, version }, run) {
  try {
    return { name, version, ...(await run()) };
  } catch (error) {
    return { name, version, failure: error.message };
  }
}

function print(tarball, rows) {
  const heads = [
    "consumer",
    "version",
    "bytes",
    "gzip",
    "softmax alone",
    "gzip",
    "./js",
    "gzip",
    "./relaxed",
    "gzip",
    "./threads",
    "gzip",
    "right in",
  ];
  const verdictOf = ({ failure, ranIn }) => (failure ? `FAILED: ${failure}` : ranIn.join(", ") || "skipped");
  const cellsOf = (row) => [row.name, row.version, ...(row.sizes ?? Array(10).fill("")), verdictOf(row)];
  console.log(`${tarball}: softmax, crossEntropyGrad and backend, bundled and minified`);
  console.log(table([heads, ...rows.map(cellsOf)]));
  const failed = rows.filter(({ failure }) => failure).length;
  const skipped = rows.filter(({ ranIn }) => ranIn?.length === 0).length;
  console.log(`${rows.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0;
}
