/* global fetch */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../hosts/freePort.mjs";
import { Unavailable } from "../hosts/unavailable.mjs";
import { untilAnswered } from "../hosts/untilAnswered.mjs";
import { requestTo } from "./promised.mjs";

// Not the command of the package `workerd`: a script, at whose end the server would stay.
const BINARY = fileURLToPath(new URL("node_modules/@cloudflare/workerd-linux-64/bin/workerd", import.meta.url));

/** What the Worker of a folder answers to the request of its README. */
export async function answerOfWorkerd(folder) {
  if (!existsSync(BINARY)) throw new Unavailable("workerd is not installed, it is taken on Linux on x64");
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const [command, ...args] = scripts.start.split(" ");
  if (command !== "workerd") throw new Error(`${scripts.start}: expected workerd`);
  const address = `127.0.0.1:${await freePort()}`;
  const options = { cwd: folder, stdio: ["ignore", "ignore", "pipe"] };
  const child = spawn(BINARY, [...args, "--socket-addr", `http=${address}`], options);
  try {
    await untilAnswered(`http://${address}/`, child);
    const answer = await fetch(`http://${address}/`, { method: "POST", body: requestTo("workerd") });
    return await answer.text();
  } finally {
    child.kill();
  }
}
