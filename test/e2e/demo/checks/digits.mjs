/* global document, MutationObserver, performance */
import assert from "node:assert/strict";
import { assertEmulated } from "../emulated.mjs";
import { numberAt, numbersIn, textOf, until } from "../shown.mjs";

const probabilities = (page) => numbersIn(page, "#digit-probabilities");
const pictureOf = (page, selector) => page.locator(selector).evaluate((canvas) => canvas.toDataURL());
const progressOf = (page) => page.locator("#digits-progress").evaluate(({ value }) => value);
const digitOf = (p) => p.indexOf(Math.max(...p));

/** Trains, to the end. */
async function trained(page) {
  await page.locator("#digits-train").click();
  const status = await until(
    page,
    () => textOf(page, "#digits-status"),
    (text) => /right|Stopped/.test(text),
    60_000,
  );
  assert.match(status, /^Trained on [\d,]+ digits in [\d.]+ s: [\d.]+ % of 2,000 test digits are right\.$/);
}

function assertDistribution(p) {
  assert.equal(p.length, 10);
  const sum = p.reduce((a, b) => a + b);
  assert.ok(Math.abs(sum - 1) < 1e-5, `the probabilities add up to ${sum}`);
}

export const digitsChecks = [
  {
    title: "digits: training in the worker learns them, and what is drawn is read",
    run: async (visit) => {
      const page = await visit();
      for (const p of await probabilities(page)) assert.ok(Math.abs(p - 0.1) < 1e-6);
      const [drawn, weights] = [await pictureOf(page, "#pad"), await pictureOf(page, "#weights canvas >> nth=3")];
      await trained(page);
      assert.equal(await progressOf(page), 1);
      assert.equal(await numberAt(page, "#digits-seen"), 20_000);
      assert.ok((await numberAt(page, "#digits-loss")) < 0.6);
      assert.ok((await numberAt(page, "#digits-right")) > 0.87);
      assert.ok((await numberAt(page, "#largest-weight")) > 0.1);
      assert.equal(await page.locator("#digits-curve polyline").count(), 1);
      assert.notEqual(await pictureOf(page, "#weights canvas >> nth=3"), weights);
      // The pad begins with a 3.
      assert.equal(await pictureOf(page, "#pad"), drawn);
      const p = await probabilities(page);
      assertDistribution(p);
      assert.equal(digitOf(p), 3);
      assert.match(await textOf(page, "#seen-note"), /^Most probable: 3, with 0\.\d+\.$/);
    },
  },
  {
    title: "digits: drawn by the mouse, a 1 and then a 0",
    run: async (visit) => {
      const page = await visit();
      await trained(page);
      await page.locator("#pad-clear").click();
      assert.equal(await textOf(page, "#seen-note"), "Nothing is drawn.");
      const draw = async (places) => {
        // Which waits until the page has scrolled there.
        await page.locator("#pad").hover();
        const { x, y, width } = await page.locator("#pad").boundingBox();
        for (const [i, [right, down]] of places.entries()) {
          await page.mouse.move(x + right * width, y + down * width);
          if (i === 0) await page.mouse.down();
        }
        await page.mouse.up();
      };
      await draw([
        [0.5, 0.2],
        [0.5, 0.5],
        [0.5, 0.8],
      ]);
      assert.equal(digitOf(await probabilities(page)), 1);
      // A move with the button up draws nothing.
      const one = await probabilities(page);
      await page.locator("#pad").hover({ position: { x: 30, y: 30 } });
      assert.deepEqual(await probabilities(page), one);
      await page.locator("#pad-clear").click();
      const turn = Array.from({ length: 25 }, (_, i) => (2 * Math.PI * i) / 24);
      await draw(turn.map((angle) => [0.5 + 0.25 * Math.sin(angle), 0.5 - 0.32 * Math.cos(angle)]));
      assertDistribution(await probabilities(page));
      assert.equal(digitOf(await probabilities(page)), 0);
    },
  },
  {
    title: "digits: by the keyboard alone, trained and a 1 drawn",
    run: async (visit) => {
      const page = await visit();
      const press = async (key, times = 1) => {
        for (let i = 0; i < times; i++) await page.keyboard.press(key);
      };
      await page.locator("#digits-train").focus();
      await press("Enter");
      await until(
        page,
        () => textOf(page, "#digits-status"),
        (text) => /right/.test(text),
        60_000,
      );
      assert.equal(await page.evaluate(() => document.activeElement.id), "digits-train");
      await press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.id), "pad");
      await press("Delete");
      assert.equal(await textOf(page, "#seen-note"), "Nothing is drawn.");
      await press("ArrowUp", 8);
      assert.equal(await textOf(page, "#seen-note"), "Nothing is drawn.");
      await press("Space");
      await press("ArrowDown", 16);
      await press("Space");
      assert.equal(digitOf(await probabilities(page)), 1);
      await page.waitForTimeout(700);
      assert.equal(await page.locator("#announcement").textContent(), "Pen lifted.");
      const drawn = await probabilities(page);
      await press("ArrowRight", 5);
      assert.deepEqual(await probabilities(page), drawn);
    },
  },
  {
    title: "digits: test digits can be seen before, and most are read after training",
    run: async (visit) => {
      const page = await visit();
      const next = async (before) => {
        await page.locator("#pad-example").click();
        const note = await until(
          page,
          () => textOf(page, "#seen-note"),
          (text) => /^A test digit/.test(text) && text !== before,
        );
        return { note, label: Number(/label is (\d)/.exec(note)[1]), p: await probabilities(page) };
      };
      const first = await next("");
      assert.equal(first.label, 7);
      assert.match(first.note, /^A test digit, whose label is 7\. Before training/);
      await trained(page);
      let right = 0;
      for (let i = 0; i < 10; i++) {
        const { note, label, p } = await next(await textOf(page, "#seen-note"));
        assertDistribution(p);
        assert.ok(note.includes(`Most probable: ${digitOf(p)}, `), note);
        if (label === digitOf(p)) right++;
      }
      assert.ok(right >= 7, `${right} of 10`);
    },
  },
  {
    title: "digits: Cancel stops the training, and the next one begins anew",
    run: async (visit) => {
      // In JavaScript, where it takes long enough.
      const page = await visit({
        path: "",
        server: { wasm: false },
        mayComplain: /Content.Security.Policy|unsafe-eval/i,
      });
      await page.locator("#digits-train").click();
      await until(
        page,
        () => progressOf(page),
        (done) => done > 0,
      );
      await page.locator("#digits-cancel").focus();
      await page.keyboard.press("Enter");
      assert.match(await textOf(page, "#digits-status"), /^Cancelled/);
      assert.equal(await page.evaluate(() => document.activeElement.id), "digits-train");
      const seen = await numberAt(page, "#digits-seen");
      await page.waitForTimeout(300);
      assert.equal(await numberAt(page, "#digits-seen"), seen);
      assert.match(await textOf(page, "#digits-status"), /^Cancelled/);
      await page.locator("#digits-train").click();
      assert.equal(await numberAt(page, "#digits-seen"), 0);
      await until(
        page,
        () => progressOf(page),
        (done) => done > 0,
      );
    },
  },
  {
    title: "digits: with reduced motion, the pictures change about once a second",
    run: async (visit) => {
      const page = await visit({ reducedMotion: "reduce" });
      await assertEmulated(page, "(prefers-reduced-motion: reduce)");
      await page.evaluate(() => {
        globalThis.changes = 0;
        const watcher = new MutationObserver(() => globalThis.changes++);
        watcher.observe(document.querySelector("#digits-seen"), { attributes: true, attributeFilter: ["value"] });
        globalThis.since = performance.now();
      });
      await trained(page);
      const { changes, seconds } = await page.evaluate(() => ({
        changes: globalThis.changes,
        seconds: (performance.now() - globalThis.since) / 1000,
      }));
      // One more for the beginning, and one for the end.
      assert.ok(changes >= 1 && changes <= seconds + 2, `${changes} in ${seconds} s`);
    },
  },
  {
    title: "digits: where the policy forbids WebAssembly, the training has the same bits",
    run: async (visit) => {
      const results = [];
      for (const wasm of [true, false]) {
        const page = await visit({ server: { wasm }, mayComplain: /Content.Security.Policy|unsafe-eval/i });
        await trained(page);
        const read = ["#digits-loss", "#digits-right", "#largest-weight"].map((selector) => numberAt(page, selector));
        results.push([...(await Promise.all(read)), ...(await probabilities(page))]);
      }
      assert.equal(results[0].length, 13);
      assert.deepEqual(results[1], results[0]);
    },
  },
];
