// `node evaluate.js WAY FILE ROWS`: what a way finds, and what it takes in a process of its own, as JSON.

import { WAYS } from "./ways.js";

const [way, file, rows] = process.argv.slice(2);
const start = process.hrtime.bigint();
const found = await WAYS[way](file, Number(rows));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ...found, seconds, megabytes }));
