// What is printed: a table for each work and way, a competitor a line, a shape a column.

import { BASELINE } from "../competitors/competitors.ts";
import { showAgreement } from "../report/report.ts";

const TITLES = { softmax: "Softmax", crossEntropyGrad: "Loss + gradient (mean)" };
const WAYS = { copying: "from a typed array to a typed array", resident: "where the data is" };

const isResident = (name) => name.endsWith(" resident");

/** Whether a competitor stands in the table of a way. Plain JavaScript stands in both: it needs neither. */
export const standsIn = (way, name) => (way === "resident" ? isResident(name) || name === BASELINE : !isResident(name));

/** A competitor's name in the table of a way. */
export const shortName = (name) => name.replace(/ (copying|resident)$/, "");

export function showTimes({ peers, works }) {
  const versions = Object.entries(peers).map(([name, version]) => `${name}: ${version}`);
  const tables = Object.entries(works).flatMap(([work, rows]) => [
    ...Object.keys(WAYS).map((way) => tableOf(work, way, rows)),
    showAgreement(rows),
  ]);
  return [versions.join("\n"), ...tables].map((part) => `\n${part}`).join("\n");
}

function tableOf(work, way, rows) {
  const timingOf = (row, name) => row.timings.find((timing) => timing.name === name);
  const names = rows[0].timings.map(({ name }) => name).filter((name) => standsIn(way, name));
  const worstOf = (name) =>
    Math.max(...rows.map(({ checked }) => checked.find((one) => one.name === name).worstUlp)).toFixed(1);
  const cellsOf = (name, cellOf) => rows.map((row) => cellOf(timingOf(row, name), row));
  const shapes = rows.map(({ shape }) => shape);
  return [
    `${TITLES[work]}, ${WAYS[way]}: ns per element, and times as fast as ${BASELINE}`,
    line("", [...shapes, "worst ulp"]),
    ...names.flatMap((name) => [
      line(shortName(name), [...cellsOf(name, ({ median }, { elements }) => digits(median / elements)), worstOf(name)]),
      line(
        "",
        cellsOf(name, ({ median }, row) => `${digits(timingOf(row, BASELINE).median / median)}x`),
      ),
    ]),
    "",
    "The lowest and the highest round, in per cent of the median",
    line("", shapes),
    ...names.map((name) =>
      line(
        shortName(name),
        cellsOf(name, ({ min, median, max }) => `${percent(min / median)}..${percent(max / median)}`),
      ),
    ),
  ].join("\n");
}

export function showMemory({ shape, arrayMiB, peaks }) {
  const title = `Peak memory of loss + gradient, ${shape}: MiB, of which ${arrayMiB.toFixed(0)} logits and as many gradient`;
  const lines = peaks.map(({ name, peakMiB, failed }) => line(name, [failed ?? peakMiB.toFixed(0)]));
  return `\n${[title, ...lines].join("\n")}`;
}

export function showDownloads(sizes) {
  const title = "To download before the first softmax: KB, minified and compressed (gzip)";
  const lines = sizes.map(({ name, bytes, files }) => {
    const parts = files.map((part) => `${part.file} ${kilobytes(part.bytes)}`).join(" + ");
    return `${line(name, [kilobytes(bytes)])}   ${files.length > 1 ? parts : ""}`.trimEnd();
  });
  return `\n${[title, ...lines].join("\n")}`;
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

const line = (first, cells) => first.padEnd(29) + cells.map((cell) => cell.padStart(11)).join("");

/** About three digits that count. */
const digits = (value) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4);

const percent = (share) => (100 * share).toFixed(0);
