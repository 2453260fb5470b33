// What the package is made of, as a CycloneDX document: build/sbom.cdx.json. It has no dependencies; what is bundled into
// dist/ is read from the source maps, and described as the lock has it. The same bytes for the same sources: without the
// time and the number that npm gives each document.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { npm } from "./npm.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const sbom = (...args) =>
  JSON.parse(npm(".", ["sbom", "--sbom-format", "cyclonedx", ...args], { encoding: "utf8", maxBuffer: 2 ** 26 }));

const bundled = new Set(
  readdirSync("dist")
    .filter((name) => name.endsWith(".map"))
    .flatMap((name) => JSON.parse(readFileSync(`dist/${name}`, "utf8")).sources)
    .map((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1])
    .filter((name) => name !== undefined),
);

const document = sbom("--omit", "dev");
const { components } = sbom();
delete document.serialNumber;
delete document.metadata.timestamp;
delete document.metadata.tools;
// npm says the folder's.
document.metadata.component.name = manifest.name;
const own = document.dependencies.find(({ ref }) => ref === document.metadata.component["bom-ref"]);
for (const name of [...bundled].sort()) {
  const component = components.find((other) => other.name === name);
  if (component === undefined) throw new Error(`${name} is bundled, and not in the lock`);
  component.properties = [{ name: "softmax-wasm:bundled", value: "true" }];
  document.components.push(component);
  document.dependencies.push({ ref: component["bom-ref"], dependsOn: [] });
  own.dependsOn.push(component["bom-ref"]);
}
writeFileSync("build/sbom.cdx.json", `${JSON.stringify(document, null, 2)}\n`);
console.log(`build/sbom.cdx.json: ${document.components.map(({ purl }) => purl).join(", ")}`);
