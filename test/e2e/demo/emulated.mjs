/* global matchMedia */
import { Unavailable } from "../hosts/unavailable.mjs";

/** Skips a check of what the driver could not bring this browser to say of its reader. */
export async function assertEmulated(page, query) {
  if (!(await page.evaluate((text) => matchMedia(text).matches, query))) {
    throw new Unavailable(`the driver cannot make this browser say ${query}`);
  }
}
