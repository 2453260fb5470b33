// Pages that load the sources as they are.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryOf } from "../packedLibrary.mjs";
import { devAddress } from "./viteServers.mjs";
import { wrongIn, wrongInPool } from "./wrongIn.mjs";

export async function viteDevRow({ folder, browser }) {
  if (!browser) return { ranIn: [] };
  for (const [name, policy, wrongOf] of [
    ["all", "free", wrongIn],
    ["threads", "isolated", wrongInPool],
    ["ownWorker", "isolated", wrongInPool],
  ]) {
    const site = await devAddress(join(folder, name), policy);
    try {
      await refuseWrong(browser, site.address, wrongOf);
    } finally {
      await site.close();
    }
  }
  return { ranIn: ["Chromium"] };
}

/** No tool at all: the browser is told where the package is. */
export async function importMapRow({ folder, manifest, server, browser }) {
  if (!browser) return { ranIn: [] };
  const fileOf = (entry) => entryOf(manifest, ["browser", "import", "default"], entry).replace(/^\.\//, "");
  const imports = {};
  for (const [name, entry] of [
    ["softmax-wasm", "."],
    ["softmax-wasm/threads", "./threads"],
  ]) {
    imports[name] = `./node_modules/softmax-wasm/${fileOf(entry)}`;
  }
  for (const [name, policy, wrongOf] of [
    ["all", "free", wrongIn],
    ["threads", "isolated", wrongInPool],
  ]) {
    const page = `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="${name}/entry.mjs"></script>`;
    writeFileSync(join(folder, `${name}.html`), page);
    await refuseWrong(browser, server.addressOf(`${name}.html`, policy), wrongOf);
  }
  return { ranIn: ["Chromium"] };
}

async function refuseWrong(browser, address, wrongOf) {
  const wrong = wrongOf(await browser.answerAt(address));
  if (wrong) throw new Error(`${new URL(address).pathname}: ${wrong}`);
}
