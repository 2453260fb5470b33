// The benchmark against peers: npm run bench -- peers [flags]. See README.md here.

import { showSetting, writeJson } from "../report/report.ts";
import { settingOf } from "../report/setting.ts";
import { measureDownloads } from "./download.mjs";
import { readFlags } from "./flags.mjs";
import { measureMemory } from "./memory.mjs";
import { loadPeers } from "./libraries/peers.mjs";
import { showDownloads, showMemory, showTimes } from "./report.mjs";
import { measureTimes } from "./times.mjs";

async function run({ sections, ...flags }) {
  const setting = settingOf();
  console.log(showSetting(setting, flags.effort));
  const results = { setting, command: commandOf(), effort: flags.effort, unit: "ns a run" };

  // Before the peers are loaded: a process starts with its parent's peak.
  if (sections.has("memory")) {
    results.memory = measureMemory();
    console.log(showMemory(results.memory));
  }
  if (sections.has("download")) {
    results.download = await measureDownloads();
    console.log(showDownloads(results.download));
  }
  if (sections.has("times")) {
    const peers = await loadPeers();
    results.peers = Object.fromEntries(peers.map(({ name, version }) => [name, version]));
    results.works = await measureTimes(flags, peers);
    console.log(showTimes(results));
  }
  writeJson(flags.json, results);
  console.log(`\nAll figures: ${flags.json}`);
}

const commandOf = () => ["npm run bench -- peers", ...process.argv.slice(2)].join(" ");

try {
  await run(readFlags());
  // The threads of onnxruntime-web would keep it alive.
  process.exit(0);
} catch (error) {
  console.error(`bench: ${error.stack}`);
  process.exit(1);
}
