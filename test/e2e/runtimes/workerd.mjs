// Cloudflare's workerd, which runs Workers. It refuses to compile WebAssembly from bytes; the package brings its
// module as a file for it, under the export condition "workerd".

import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagedBinary, versionOf } from "./commandLine.mjs";
import { NO_WORKERS, WASM } from "./expected.mjs";
import { freePort } from "../hosts/freePort.mjs";
import { untilAnswered } from "../hosts/untilAnswered.mjs";

export function workerdRows(folder) {
  return [
    { runtime: "workerd", format: "ESM", expected: WASM, run: () => runIn(folder, "") },
    { runtime: "workerd", format: "ESM ./threads", expected: NO_WORKERS, run: () => runIn(folder, "threads") },
    { runtime: "workerd", format: "ESM ./linear", expected: WASM, run: () => runIn(folder, "linear") },
  ];
}

async function runIn(folder, path) {
  const binary = packagedBinary("@cloudflare/workerd-linux-64/bin/workerd");
  const version = await versionOf(binary);
  const port = await freePort();
  writeFileSync(join(folder, "workerd.capnp"), config(folder, port));
  const child = spawn(binary, ["serve", "workerd.capnp"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  try {
    const answer = await untilAnswered(`http://127.0.0.1:${port}/${path}`, child);
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return { version, report: JSON.parse(text) };
  } finally {
    child.kill();
  }
}

/** The Worker, with every module that it may import. */
function config(folder, port) {
  const dist = "node_modules/softmax-wasm/dist";
  const files = [
    "workerd.mjs",
    ...readdirSync(folder).filter((name) => name.endsWith(".mjs") && name !== "workerd.mjs"),
    ...readdirSync(join(folder, dist), { recursive: true }).map((name) => `${dist}/${name}`),
  ];
  const modules = files.flatMap((name) => {
    const kind = /\.m?js$/.test(name) ? "esModule" : name.endsWith(".wasm") ? "wasm" : undefined;
    return kind ? [`(name = "${name}", ${kind} = embed "${name}")`] : [];
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (compatibilityDate = "2026-11-01", modules = [
  ${modules.join(",\n  ")}
]);
`;
}
