/* global performance */
import assert from "node:assert/strict";
import { textOf } from "../shown.mjs";

// The best of some: this asks what the page needs, and not what else the machine is doing.
const LOADS = 4;
const USABLE_MS = 1000;

export const arrivalChecks = [
  {
    title: "usable within a second",
    run: async (visit) => {
      const page = await visit();
      const times = [];
      for (let i = 0; i < LOADS; i++) {
        times.push(await page.evaluate(() => performance.getEntriesByName("usable")[0].startTime));
        await page.reload();
      }
      assert.ok(Math.min(...times) < USABLE_MS, `usable after ${times.map(Math.round).join(", ")} ms`);
    },
  },
  {
    title: "says what computes, and that the page is isolated",
    run: async (visit) => {
      const page = await visit();
      assert.equal(await textOf(page, "#backend"), "WebAssembly with SIMD");
      assert.equal(await textOf(page, "#isolated"), "yes");
    },
  },
  {
    title: "without isolation, and so without SharedArrayBuffer, says so and computes",
    run: async (visit) => {
      const page = await visit({ server: { isolated: false } });
      assert.equal(await page.evaluate(() => typeof SharedArrayBuffer), "undefined");
      assert.equal(await textOf(page, "#backend"), "WebAssembly with SIMD");
      assert.match(await textOf(page, "#isolated"), /^no/);
    },
  },
];
