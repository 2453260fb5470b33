import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { answerInNode } from "./inNode.mjs";
import { wrongIn, wrongInPool } from "./wrongIn.mjs";

/** Bundles the entries with a bundler, and runs those with an answer. */
export async function bundleRow({ folder, server, browser }, { bundle, runsInNode, serve }) {
  const bundled = async (name) => {
    const { files, warnings } = await bundle(join(folder, name), join(folder, "out", name));
    if (warnings.length > 0) throw new Error(`warned: ${warnings.join("; ")}`);
    return { name, files, sizes: sizesOf(files) };
  };
  const [all, softmaxOnly, js] = [await bundled("all"), await bundled("softmaxOnly"), await bundled("js")];
  const [relaxed, threads, ownWorker] = [
    await bundled("relaxed"),
    await bundled("threads"),
    await bundled("ownWorker"),
  ];
  refuseNotSmaller(all, relaxed);
  refuseNotSmaller(softmaxOnly, all);
  refuseNotSmaller(js, softmaxOnly);

  const ranIn = new Set();
  const answerIn = async ({ name, files }, policy) => {
    const root = join(folder, name);
    const site = serve ? await serve(root, policy) : pageOf(files[0], folder, server, policy);
    const answer = await browser.answerAt(site.address);
    await site.close?.();
    return answer;
  };
  for (const [entry, kind] of [
    [all, "wasm"],
    [js, "js"],
    [relaxed, "wasm"],
  ]) {
    if (runsInNode) {
      refuseWrong(wrongIn(answerInNode(entry.files[0]), kind));
      ranIn.add("Node");
    }
    if (browser) {
      refuseWrong(wrongIn(await answerIn(entry, "free"), kind));
      ranIn.add("Chromium");
    }
  }
  // By the entry for browsers: nobody has said that it is for Node.
  if (runsInNode) refuseWrong(wrongInPool(answerInNode(threads.files[0])), "threads in Node");
  if (browser) {
    for (const entry of [threads, ownWorker]) refuseWrong(wrongInPool(await answerIn(entry, "isolated")), entry.name);
  }
  return { sizes: [all, softmaxOnly, js, relaxed, threads].flatMap(({ sizes }) => sizes), ranIn: [...ranIn] };
}

function refuseWrong(wrong, where) {
  if (wrong) throw new Error(where ? `${where}: ${wrong}` : wrong);
}

/** What is not imported has to stay out. */
function refuseNotSmaller(part, whole) {
  const [bytes] = part.sizes;
  if (bytes >= whole.sizes[0]) throw new Error(`${part.name} has ${bytes} bytes, ${whole.name} ${whole.sizes[0]}`);
}

/** A page that holds nothing but the bundle. */
function pageOf(file, folder, server, policy) {
  const page = join(dirname(file), "index.html");
  writeFileSync(page, `<!doctype html><script type="module" src="${basename(file)}"></script>`);
  return { address: server.addressOf(relative(folder, page), policy) };
}

/** Bytes as they are, and with gzip. */
function sizesOf(files) {
  const texts = files.map((file) => readFileSync(file));
  const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
  return [sum(texts.map(({ length }) => length)), sum(texts.map((text) => gzipSync(text, { level: 9 }).length))];
}
