import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const lock = require("../package-lock.json") as { packages: Record<string, { version: string; integrity: string }> };

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
}

interface Document {
  readonly bomFormat: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const write = () => {
  execFileSync(process.execPath, ["scripts/sbom.mjs"], { stdio: "ignore" });
  return readFileSync("build/sbom.cdx.json", "utf8");
};

it("the SBOM names the package, the one package that is bundled, with the lock's hash, and no dependency", () => {
  const text = write();
  const { bomFormat, metadata, components, dependencies } = JSON.parse(text) as Document;
  expect(bomFormat).toBe("CycloneDX");
  expect([metadata.component.name, metadata.component.licenses[0].license.id]).toEqual(["softmax-wasm", "MIT"]);
  expect(components.map(({ name, licenses }) => [name, licenses[0].license.id])).toEqual([
    ["@assemblyscript/loader", "Apache-2.0"],
  ]);
  const locked = lock.packages["node_modules/@assemblyscript/loader"];
  const [{ version, hashes }] = components;
  expect(version).toBe(locked.version);
  expect(`sha512-${Buffer.from(hashes[0].content, "hex").toString("base64")}`).toBe(locked.integrity);
  expect(dependencies).toEqual([
    { ref: expect.stringMatching(/^softmax-wasm@/) as string, dependsOn: [`@assemblyscript/loader@${version}`] },
    { ref: `@assemblyscript/loader@${version}`, dependsOn: [] },
  ]);
  expect(readFileSync("THIRD_PARTY_NOTICES", "utf8")).toContain("@assemblyscript/loader");
  expect(text).not.toMatch(/timestamp|serialNumber/);
});
