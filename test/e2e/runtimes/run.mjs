// Runs the packed library in every runtime that can be had here and asks two things of each: the backend that belongs
// there, and the same bytes as everywhere. `node test/e2e/runtimes/run.mjs Firefox` runs the rows whose names hold a word.

import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installLocked } from "../lockedPackages.mjs";
import { commandLineRows } from "./commandLine.mjs";
import { mismatch } from "./expected.mjs";
import { servePages } from "../hosts/pageServer.mjs";
import { playwrightRows } from "./playwright.mjs";
import { makeStage } from "./stage.mjs";
import { table } from "./table.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { webkitRows } from "./webkit.mjs";
import { workerdRows } from "./workerd.mjs";

// Rows whose runtime is missing say so.
installLocked(fileURLToPath(new URL(".", import.meta.url)));
const { folder, tarball } = makeStage();
const server = await servePages(folder);

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const rows = [
  ...commandLineRows(folder),
  ...workerdRows(folder),
  ...playwrightRows(server),
  ...webkitRows(server),
].filter(({ runtime, format }) => words.every((word) => `${runtime} ${format}`.toLowerCase().includes(word)));

const results = [];
for (const row of rows) results.push({ ...row, ...(await resultOf(row)) });
server.close();
rmSync(folder, { recursive: true });

/** What a row gives. It runs a second time, and says so, if it fails the first time as its engine is known to (`engineFault`). */
async function resultOf(row, firstFailure) {
  const { run, expected, engineFault } = row;
  const start = Date.now();
  try {
    const { version, report } = await run();
    const { backend, inputs, hash, flushed } = report;
    const ms = Date.now() - start;
    return { version, backend, inputs, hash, flushed, ms, failure: mismatch(expected, backend), firstFailure };
  } catch (error) {
    if (error instanceof Unavailable) return { skipped: error.message };
    if (firstFailure === undefined && engineFault?.test(error.message)) return resultOf(row, error.message);
    return { failure: error.message };
  }
}

const ran = results.filter(({ skipped }) => !skipped);
// A pool has inputs of its own, and compares with one thread itself.
const isPool = ({ backend }) => backend?.threads !== undefined;
// So has ./linear.
const isLinear = ({ inputs }) => inputs === "linear";
const isMain = (row) => !isPool(row) && !isLinear(row);
// With relaxed SIMD an engine fuses, and then as all that fuse, or it has the bytes of the plain build.
const isRelaxed = ({ backend }) => backend?.variant === "relaxed";
const usual = mostFrequent(ran.filter((row) => !isRelaxed(row) && isMain(row)).map(({ hash }) => hash));
const usualOfPools = mostFrequent(ran.filter(isPool).map(({ hash }) => hash));
const usualOfLinear = mostFrequent(ran.filter((row) => !isRelaxed(row) && isLinear(row)).map(({ hash }) => hash));
const usualOf = (row) => (isPool(row) ? usualOfPools : isLinear(row) ? usualOfLinear : usual);
const unusual = ran.filter((row) => isRelaxed(row) && row.hash !== usualOf(row));
const fused = mostFrequent(unusual.filter(isMain).map(({ hash }) => hash));
const fusedOfLinear = mostFrequent(unusual.filter(isLinear).map(({ hash }) => hash));
const usualFlushed = ran.find(({ hash }) => hash === usual)?.flushed;
for (const row of ran) {
  row.flushes = row.mayFlush && row.hash !== usual && row.flushed === usualFlushed;
  row.fuses = isRelaxed(row) && row.hash === (isLinear(row) ? fusedOfLinear : fused);
  if (row.hash !== usualOf(row) && !row.flushes && !row.fuses) row.failure ??= "other bytes than in most rows";
}

function mostFrequent(values) {
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function noteOf(row) {
  const { skipped, failure, firstFailure, flushes, fuses, backend } = row;
  if (skipped) return `skipped: ${skipped}`;
  if (failure) return `FAILED: ${failure}`;
  const note = [
    firstFailure && `at the second try, after ${firstFailure}`,
    backend.reason,
    flushes && "the same but for subnormals, which this thread takes for 0",
    isRelaxed(row) && (fuses ? "fused" : "not fused: the bytes of the plain build"),
  ];
  return note.filter(Boolean).join("; ");
}

function backendOf({ backend }) {
  if (backend === undefined) return "";
  const { kind, variant, threads } = backend;
  return `${kind} ${variant}${threads === undefined ? "" : `, ${threads} thread${threads === 1 ? "" : "s"}`}`;
}

const firstLine = (text) => (text.length > 110 ? `${text.slice(0, 109)}…` : text).split("\n")[0];

console.log(`${tarball} in`);
console.log(
  table([
    ["runtime", "version", "module", "backend", "hash", "ms", ""],
    ...results.map((row) => [
      row.runtime,
      row.version ?? "",
      row.format,
      backendOf(row),
      row.hash?.slice(0, 12) ?? "",
      row.ms ?? "",
      row.failure ? noteOf(row) : firstLine(noteOf(row)),
    ]),
  ]),
);

const failed = ran.filter(({ failure }) => failure).length;
const flushing = ran.filter(({ flushes }) => flushes).length;
const but = flushing > 0 ? ` (${flushing} with subnormals as 0)` : "";
const hashes = [
  usual && `one hash: ${usual}${but}`,
  fused && `one where relaxed SIMD is fused: ${fused}`,
  usualOfPools && `one of pools and of one thread beside them: ${usualOfPools}`,
  usualOfLinear && `one of linear layers: ${usualOfLinear}`,
  fusedOfLinear && `one of linear layers where relaxed SIMD is fused: ${fusedOfLinear}`,
];
const again = ran.filter(({ failure, firstFailure }) => !failure && firstFailure).length;
const verdict = failed > 0 || ran.length === 0 ? `${failed} failed` : hashes.filter(Boolean).join(", ");
console.log(
  `${ran.length} rows ran, ${results.length - ran.length} skipped, ${again > 0 ? `${again} at the second try, ` : ""}${verdict}`,
);
process.exitCode = failed > 0 || ran.length === 0 ? 1 : 0;
