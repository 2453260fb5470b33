/* global fetch */
import { setTimeout as sleep } from "node:timers/promises";

/** The first answer of a server that a child process is still starting. */
export async function untilAnswered(address, child) {
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended: ${said.trim()}`);
    try {
      return await fetch(address);
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`${child.spawnfile} does not answer: ${said.trim()}`);
}
