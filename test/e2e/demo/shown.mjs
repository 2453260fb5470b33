// What the page shows, as numbers.

/** All numbers of a part of the page, in order, with all their digits. */
export function numbersIn(page, selector) {
  return page.locator(`${selector} data`).evaluateAll((all) => all.map((data) => Number(data.value)));
}

/** The number of one <data>. */
export async function numberAt(page, selector) {
  return Number(await page.locator(selector).evaluate((data) => data.value));
}

export function textOf(page, selector) {
  return page.locator(selector).innerText();
}

/** Waits until `ask` gives what `is` takes, and gives it. */
export async function until(page, ask, is, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (is(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)} after ${ms} ms`);
    await page.waitForTimeout(30);
  }
}
