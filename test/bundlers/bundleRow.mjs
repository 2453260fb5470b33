import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { answerInNode } from "./inNode.mjs";
import { wrongIn } from "./wrongIn.mjs";

/** Bundles both entries with a bundler, and runs the one with the answer. */
export async function bundleRow({ folder, server, browser }, { bundle, runsInNode, serve }) {
  const bundled = async (name) => {
    const { files, warnings } = await bundle(join(folder, name), join(folder, "out", name));
    if (warnings.length > 0) throw new Error(`warned: ${warnings.join("; ")}`);
    return files;
  };
  const [all, softmaxOnly] = [await bundled("all"), await bundled("softmaxOnly")];
  const ranIn = [];
  if (runsInNode) {
    refuseWrong(answerInNode(all[0]));
    ranIn.push("Node");
  }
  if (browser) {
    const site = serve ? await serve(join(folder, "all")) : pageOf(all[0], folder, server);
    refuseWrong(await browser.answerAt(site.address));
    await site.close?.();
    ranIn.push("Chromium");
  }
  return { sizes: [all, softmaxOnly].flatMap(sizesOf), ranIn };
}

function refuseWrong(answer) {
  const wrong = wrongIn(answer);
  if (wrong) throw new Error(wrong);
}

/** A page that holds nothing but the bundle. */
function pageOf(file, folder, server) {
  const page = join(dirname(file), "index.html");
  writeFileSync(page, `<!doctype html><script type="module" src="${basename(file)}"></script>`);
  return { address: server.addressOf(relative(folder, page)) };
}

/** Bytes as they are, and with gzip. */
function sizesOf(files) {
  const texts = files.map((file) => readFileSync(file));
  const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
  return [sum(texts.map(({ length }) => length)), sum(texts.map((text) => gzipSync(text, { level: 9 }).length))];
}
