import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../../../examples/README.md", import.meta.url), "utf8");

/** The section of an example in examples/README.md. */
const sectionOf = (name) => text.split(/^## /m).find((section) => section.startsWith(`${name}\n`)) ?? "";

/** What an example prints, as its README has it. */
export function promisedBy(name) {
  const [, promised] = /^```text\n(.*?)\n?```$/ms.exec(sectionOf(name)) ?? [];
  if (promised === undefined) throw new Error(`examples/README.md does not say what ${name} prints`);
  return promised;
}

/** What is sent to an example, as the command in its README sends it. */
export function requestTo(name) {
  const [, body] = /^curl -d '([^']+)'/m.exec(sectionOf(name)) ?? [];
  if (body === undefined) throw new Error(`examples/README.md does not say what to send to ${name}`);
  return body;
}
