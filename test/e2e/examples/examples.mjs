// How each example is run, and what it prints there.

import { join } from "node:path";
import { needCommands } from "../hosts/debianPackages.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { npmRun } from "./npmRun.mjs";
import { openedPage } from "./pages.mjs";
import { viteSite } from "./viteSite.mjs";
import { answerOfWorkerd } from "./workerd.mjs";

const BROWSERS = ["Chromium", "Firefox"];

const inNode = { host: `Node ${process.version}`, run: ({ folder, name }) => npmRun(join(folder, name), "start") };

const withRedis = {
  ...inNode,
  run: (stage) => {
    needCommands(["redis-server"], ["redis-server"]);
    return inNode.run(stage);
  },
};

/** With packages beside the library. */
const needing = ({ host, run }) => ({
  host,
  run: (stage) => {
    if (stage.missing) throw new Unavailable(stage.missing);
    return run(stage);
  },
});

/** As files of a static server. */
const asPage = BROWSERS.map((host) => ({
  host,
  run: ({ browsers, server, name }) => openedPage(browsers, host, server.addressOf(`${name}/index.html`)),
}));

const built = BROWSERS.map((host) => ({
  host,
  run: async ({ browsers, folder, name }) => {
    const site = await viteSite(join(folder, name));
    try {
      return await openedPage(browsers, host, site.address);
    } finally {
      await site.close();
    }
  },
}));

export const EXAMPLES = [
  { name: "node-esm", ways: [inNode] },
  { name: "node-cjs", ways: [inNode] },
  { name: "browser", ways: asPage },
  { name: "vite", ways: built.map(needing) },
  { name: "worker", ways: asPage },
  { name: "workerd", ways: [{ host: "workerd", run: ({ folder, name }) => answerOfWorkerd(join(folder, name)) }] },
  { name: "onnxruntime", ways: [needing(inNode)] },
  { name: "generation", ways: [needing(inNode)] },
  { name: "embeddings", ways: [inNode] },
  { name: "tfjs", ways: [needing(inNode)] },
  { name: "stream", ways: [needing(inNode)] },
  { name: "parquet", ways: [needing(inNode)] },
  { name: "redis", ways: [needing(withRedis)] },
  { name: "beam", ways: [needing(inNode)] },
];
