import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { answerInNode } from "./inNode.mjs";
import { wrongIn } from "./wrongIn.mjs";

/** Bundles the entries with a bundler, and runs those with an answer. */
export async function bundleRow({ folder, server, browser }, { bundle, runsInNode, serve }) {
  const bundled = async (name) => {
    const { files, warnings } = await bundle(join(folder, name), join(folder, "out", name));
    if (warnings.length > 0) throw new Error(`warned: ${warnings.join("; ")}`);
    return { name, files, sizes: sizesOf(files) };
  };
  const [all, softmaxOnly, js] = [await bundled("all"), await bundled("softmaxOnly"), await bundled("js")];
  const relaxed = await bundled("relaxed");
  refuseNotSmaller(all, relaxed);
  refuseNotSmaller(softmaxOnly, all);
  refuseNotSmaller(js, softmaxOnly);

  const ranIn = new Set();
  for (const [{ name, files }, kind] of [
    [all, "wasm"],
    [js, "js"],
    [relaxed, "wasm"],
  ]) {
    if (runsInNode) {
      refuseWrong(answerInNode(files[0]), kind);
      ranIn.add("Node");
    }
    if (browser) {
      const site = serve ? await serve(join(folder, name)) : pageOf(files[0], folder, server);
      refuseWrong(await browser.answerAt(site.address), kind);
      await site.close?.();
      ranIn.add("Chromium");
    }
  }
  return { sizes: [all, softmaxOnly, js, relaxed].flatMap(({ sizes }) => sizes), ranIn: [...ranIn] };
}

function refuseWrong(answer, kind) {
  const wrong = wrongIn(answer, kind);
  if (wrong) throw new Error(wrong);
}

/** What is not imported has to stay out. */
function refuseNotSmaller(part, whole) {
  const [bytes] = part.sizes;
  if (bytes >= whole.sizes[0]) throw new Error(`${part.name} has ${bytes} bytes, ${whole.name} ${whole.sizes[0]}`);
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
