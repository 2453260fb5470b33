// Pages that load the sources as they are.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryOf } from "../runtimes/packedLibrary.mjs";
import { devAddress } from "./viteServers.mjs";
import { wrongIn } from "./wrongIn.mjs";

export async function viteDevRow({ folder, browser }) {
  if (!browser) return { ranIn: [] };
  const site = await devAddress(join(folder, "all"));
  try {
    return await ranInChromium(browser, site.address);
  } finally {
    await site.close();
  }
}

/** No tool at all: the browser is told where the package is. */
export async function importMapRow({ folder, manifest, server, browser }) {
  if (!browser) return { ranIn: [] };
  const entry = entryOf(manifest, ["browser", "import", "default"]).replace(/^\.\//, "");
  const map = { imports: { "softmax-wasm": `./node_modules/softmax-wasm/${entry}` } };
  const page = `<!doctype html>
<script type="importmap">${JSON.stringify(map)}</script>
<script type="module" src="all/entry.mjs"></script>`;
  writeFileSync(join(folder, "importMap.html"), page);
  return ranInChromium(browser, server.addressOf("importMap.html"));
}

async function ranInChromium(browser, address) {
  const wrong = wrongIn(await browser.answerAt(address));
  if (wrong) throw new Error(wrong);
  return { ranIn: ["Chromium"] };
}
