import assert from "node:assert/strict";
import { formula } from "../formula.mjs";
import { numbersIn, textOf } from "../shown.mjs";

const DRAWS = 1000;
const START = { temperature: 1, topK: 14, topP: 0.95, minP: 0.1 };

/** The logits of the page's tokens, and the filters as the page shows them. */
const LOGITS = [
  ...[3.2, 2.75, 2.4, 2.1, 1.85, 1.6, 1.4, 1.15, 0.9, 0.7],
  ...[0.5, 0.25, 0, -0.3, -0.6, -1, -1.4, -1.9, -2.6, -3.5],
];

/** The same random numbers at every visit (mulberry32), so that a check of chance has one outcome. */
function seedRandom() {
  let state = 1;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function press(page, id, key, times = 1) {
  await page.locator(`#${id}`).focus();
  for (let i = 0; i < times; i++) await page.keyboard.press(key);
}

/** What is left of the textbook's probabilities, and what that has, in doubles: the logits fall. */
function expected({ temperature, topK, topP, minP }) {
  const { p } = formula(LOGITS, 0, temperature);
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  let left = Math.min(topK, p.length);
  const mass = topP * sum(p.slice(0, left));
  let nucleus = 1;
  while (nucleus < left && sum(p.slice(0, nucleus)) < mass) nucleus++;
  left = Math.min(left, nucleus);
  while (p[left - 1] < minP * p[0]) left--;
  const total = sum(p.slice(0, left));
  return { p, left, after: p.map((value, i) => (i < left ? value / total : 0)) };
}

/** All numbers of the table are those of these filters. Returns the counts. */
async function assertShown(page, filters) {
  const numbers = await numbersIn(page, "#tokens");
  const [before, after, drawn] = [0, 1, 2].map((column) => numbers.filter((_, i) => i % 3 === column));
  const wanted = expected(filters);
  assert.equal(before.length, LOGITS.length);
  before.forEach((value, i) => {
    assert.ok(Math.abs(value - wanted.p[i]) < 1e-6, `p[${i}] is ${value}, not ${wanted.p[i]}`);
    assert.ok(Math.abs(after[i] - wanted.after[i]) < 1e-6, `left[${i}] is ${after[i]}, not ${wanted.after[i]}`);
    // Five standard deviations of a binomial, of random numbers that are the same each time.
    const deviation = Math.sqrt(DRAWS * wanted.after[i] * (1 - wanted.after[i]));
    assert.ok(Math.abs(drawn[i] - DRAWS * wanted.after[i]) <= 5 * deviation, `token ${i} was drawn ${drawn[i]} times`);
  });
  assert.equal(
    drawn.reduce((a, b) => a + b),
    DRAWS,
  );
  assert.equal(await page.locator("#tokens .is-cut").count(), LOGITS.length - wanted.left);
  return drawn;
}

export const samplingChecks = [
  {
    title: "sampling: sliders moved by the keyboard, every number is the formula's",
    run: async (visit) => {
      const page = await visit({ init: seedRandom });
      await assertShown(page, START);
      assert.equal(
        await textOf(page, "#draw-summary"),
        "Top‑k cuts 6 of 20, top‑p cuts 3, min‑p cuts 2. The 9 left have 90.8 % of the probability.",
      );
      await press(page, "draw-temperature", "ArrowRight", 6);
      await press(page, "top-k", "ArrowLeft", 3);
      await press(page, "top-p", "ArrowLeft", 10);
      await press(page, "min-p", "ArrowRight", 20);
      await assertShown(page, { temperature: 1.3, topK: 11, topP: 0.85, minP: 0.3 });
      assert.equal(
        await textOf(page, "#draw-call"),
        "sample(logits, { temperature: 1.3, topK: 11, topP: 0.85, minP: 0.3 })",
      );
      await page.locator("#draw-reset").click();
      await assertShown(page, START);
    },
  },
  {
    title: "sampling: without filters all tokens are left, at temperature 0 one",
    run: async (visit) => {
      const page = await visit({ init: seedRandom });
      await press(page, "top-k", "End");
      await press(page, "top-p", "End");
      await press(page, "min-p", "Home");
      await assertShown(page, { temperature: 1, topK: 20, topP: 1, minP: 0 });
      assert.equal(await textOf(page, "#draw-summary"), "All 20 tokens can be drawn.");
      assert.equal(await textOf(page, "#draw-call"), "sample(logits)");
      await press(page, "draw-temperature", "Home");
      assert.equal(await page.locator("#tokens .is-cut").count(), 19);
      assert.deepEqual((await numbersIn(page, "#tokens")).slice(0, 6), [1, 1, DRAWS, 0, 0, 0]);
      assert.match(await textOf(page, "#draw-summary"), /always takes the most probable token, “mat”/);
    },
  },
  {
    title: "sampling: draws change with the button alone, and are the same without WebAssembly",
    run: async (visit) => {
      const page = await visit({ init: seedRandom });
      const first = await assertShown(page, START);
      await press(page, "min-p", "ArrowRight");
      await press(page, "min-p", "ArrowLeft");
      assert.deepEqual(await assertShown(page, START), first);
      await page.locator("#draw").click();
      assert.notDeepEqual(await assertShown(page, START), first);

      const inJavaScript = await visit({ init: `(${seedRandom})(); delete globalThis.WebAssembly;` });
      assert.equal(await textOf(inJavaScript, "#backend"), "JavaScript");
      assert.deepEqual(await assertShown(inJavaScript, START), first);
    },
  },
];
