// Draws the figures of a run as SVG files beside its JSON: npm run bench -- plot [bench/results/peers.json]
//
// Times stand on a logarithmic axis, since they differ by factors of a hundred, and as dots, which need no zero. Sizes
// are bars from zero on a linear one.

import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as Plot from "@observablehq/plot";
import { LIBRARY } from "../field.mjs";
import { shortName, standsIn } from "../report.mjs";
import { document, page } from "./svgPage.mjs";

/** The others are in the tables: ten would be too small to read, and single rows of ten stretch the axis. */
const SHAPES = ["64x10", "64x1000", "4096x128", "100000x10", "32x50257"];

const WORKS = { softmax: "Softmax", crossEntropyGrad: "Cross entropy: loss and gradient" };
const WAYS = { copying: "typed array in, typed array out", resident: "data stays where it is" };

const WIDTH = 1000;
const NAMES = 190;

function colorOf(name) {
  if (name.startsWith(LIBRARY)) return "var(--ours)";
  if (name.startsWith("naive") || name.startsWith("tuned")) return "var(--plain)";
  if (name.startsWith("native")) return "var(--native)";
  return "var(--peers)";
}

function timesPanel(way, rows) {
  const points = rows.flatMap(({ shape, elements, timings }) =>
    timings
      .filter(({ name }) => standsIn(way, name))
      .map(({ name, median, min, max }) => ({
        shape: shape.replace("x", " × "),
        name: shortName(name),
        ns: median / elements,
        low: min / elements,
        high: max / elements,
      })),
  );
  const logs = (name) => points.filter((point) => point.name === name).map(({ ns }) => Math.log(ns));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const names = [...new Set(points.map(({ name }) => name))].sort((a, b) => mean(logs(a)) - mean(logs(b)));
  const lowest = Math.min(...points.map(({ ns }) => ns));
  const highest = Math.max(...points.map(({ ns }) => ns));
  return Plot.plot({
    document,
    width: WIDTH,
    height: 70 + 19 * names.length,
    marginLeft: NAMES,
    marginBottom: 34,
    fx: { label: null, domain: rows.map(({ shape }) => shape.replace("x", " × ")), padding: 0.1 },
    // Room for the figure beside the last dot.
    x: {
      type: "log",
      domain: [lowest / 1.5, highest * 5],
      label: "ns per element, logarithmic: less is better",
      ticks: 3,
    },
    y: { label: null, domain: names, tickSize: 0 },
    marks: [
      Plot.gridX({ ticks: 3, stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.ruleY(points, { fx: "shape", y: "name", x1: "low", x2: "high", stroke: (d) => colorOf(d.name) }),
      Plot.dot(points, { fx: "shape", y: "name", x: "ns", r: 4, fill: (d) => colorOf(d.name) }),
      Plot.text(points, { fx: "shape", y: "name", x: "high", dx: 7, textAnchor: "start", text: (d) => digits(d.ns) }),
    ],
  });
}

function barsPanel(bars, label) {
  const longest = Math.max(...bars.map(({ value }) => value));
  return Plot.plot({
    document,
    width: WIDTH,
    height: 50 + 24 * bars.length,
    marginLeft: NAMES,
    marginBottom: 34,
    x: { domain: [0, longest * 1.1], label, labelArrow: "none", ticks: 6 },
    y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0, padding: 0.25 },
    marks: [
      Plot.gridX({ ticks: 6, stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.barX(bars, { x: "value", y: "name", fill: (d) => colorOf(d.name) }),
      Plot.text(bars, { x: "value", y: "name", dx: 5, textAnchor: "start", text: (d) => d.text }),
    ],
  });
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** Where, when, with what and by which command; a line each, as wide as the plot. */
function sourceOf({ setting, peers, command, effort }, withTimes) {
  const { cpu, cores, load, node, version, revision, date } = setting;
  const busy = load > 1 ? ` with others at work (load ${load})` : "";
  const machine = [
    `${cpu}, ${cores} cores${busy}; Node ${node}; ${LIBRARY} ${version} (${revision}); ${date.slice(0, 10)}`,
    command,
  ];
  if (!withTimes) return machine;
  const versions = Object.entries(peers)
    .filter(([name]) => !name.includes(" threads"))
    .map(([name, text]) => `${name} ${text.replace(/, threads 1$/, "")}`);
  const half = Math.ceil(versions.length / 2);
  return [
    `Dots: medians of ${effort.rounds} rounds in turns; lines: the lowest and the highest round. Shapes: rows × classes. Sorted by the mean.`,
    ...machine,
    versions.slice(0, half).join("; "),
    versions.slice(half).join("; "),
  ];
}

function* pagesOf(results) {
  for (const [work, all] of Object.entries(results.works ?? {})) {
    const rows = all.filter(({ shape }) => SHAPES.includes(shape));
    if (rows.length === 0) continue;
    const panels = Object.entries(WAYS).map(([way, title]) => ({ title, svg: timesPanel(way, rows) }));
    yield { name: work, title: WORKS[work], panels, source: sourceOf(results, true) };
  }
  if (results.memory) {
    const { shape, arrayMiB, peaks } = results.memory;
    const bars = peaks
      .filter(({ peakMiB }) => peakMiB !== undefined)
      .map(({ name, peakMiB }) => ({ name: name.replace(" copying", ""), value: peakMiB, text: peakMiB.toFixed(0) }))
      .sort((a, b) => a.value - b.value);
    const label = `MiB above the process before, ${arrayMiB.toFixed(0)} logits and ${arrayMiB.toFixed(0)} gradient included: less is better`;
    yield {
      name: "memory",
      title: `Peak memory: loss and gradient of ${shape.replace("x", " × ")}`,
      panels: [{ svg: barsPanel(bars, label) }],
      source: [
        "Resident: the measurement fills linear memory from an ordinary array, which is there besides.",
        ...sourceOf(results, false),
      ],
    };
  }
  if (results.download) {
    const bars = results.download
      .map(({ name, bytes }) => ({ name, value: bytes / 1000, text: (bytes / 1000).toFixed(0) }))
      .sort((a, b) => a.value - b.value);
    yield {
      name: "download",
      title: "To download before the first softmax",
      panels: [{ svg: barsPanel(bars, "KB, minified, gzip: less is better") }],
      source: sourceOf(results, false),
    };
  }
}

const path = process.argv[2] ?? fileURLToPath(new URL("../../results/peers.json", import.meta.url));
const results = JSON.parse(readFileSync(path, "utf8"));
for (const { name, ...content } of pagesOf(results)) {
  const file = join(dirname(path), `${basename(path, ".json")}-${name}.svg`);
  writeFileSync(file, page(WIDTH, content));
  console.log(file);
}
