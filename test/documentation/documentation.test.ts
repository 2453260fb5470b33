// What the documents and doc comments say is held: their code compiles against the build, runs, and gives what its comments
// state; the commands that documents name and the places that they point at are there.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { describe, expect, it, vi } from "vitest";
import { documents, sources } from "./documents.js";
import { anchorsOf, linksOf } from "./links.js";
import { FOLDER, type Snippet, snippetsOf } from "./snippets.js";
import { disagreement } from "./stated.js";

const SNIPPETS = [...documents, ...sources].flatMap(snippetsOf);

/** Where the n-th snippet is, as a file. */
const fileOf = (n: number, kind: "plain" | "checked") => join(FOLDER, `${n}.${kind}.ts`);

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
SNIPPETS.forEach((snippet, n) => {
  // A module, whatever it imports.
  for (const kind of ["plain", "checked"] as const) writeFileSync(fileOf(n, kind), `${snippet[kind]}\nexport {};\n`);
});

describe("the code in documents and doc comments", () => {
  it("compiles against the built package", () => {
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    };
    const program = ts.createProgram(
      SNIPPETS.map((_, n) => fileOf(n, "plain")),
      options,
    );
    const wrong = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const n = Number(/(\d+)\.plain\.ts$/.exec(file?.fileName ?? "")?.[1]);
      const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${SNIPPETS[n].place} + ${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
    expect(wrong).toEqual([]);
  });

  it.each(SNIPPETS.map((snippet, n) => [snippet.place, n, snippet] as const))(
    "runs, and gives what it states: %s",
    async (_, n, { results }: Snippet) => {
      const wrong: string[] = [];
      let checked = 0;
      vi.stubGlobal("states", (run: () => unknown, text: string, place: string) => {
        checked++;
        const why = disagreement(run(), text);
        if (why !== undefined) wrong.push(`${place}: ${why}`);
      });
      vi.stubGlobal("throws", (run: () => unknown, text: string, place: string) => {
        checked++;
        const error = errorOf(run);
        if (error !== text) wrong.push(`${place}: expected ${text}, got ${error}`);
      });
      await import(pathToFileURL(fileOf(n, "checked")).href);
      vi.unstubAllGlobals();
      expect(wrong).toEqual([]);
      expect(checked).toBe(results);
    },
  );

  it("states results in the README, in the guide and in each entry", () => {
    const stating = SNIPPETS.filter(({ results }) => results > 0).map(({ place }) => place.split(":")[0]);
    expect(stating).toContain("README.md");
    expect(stating).toContain("docs/guide.md");
    expect(stating).toContain("src/index.ts");
    expect(stating).toContain("src/interop/index.ts");
    expect(stating).toContain("src/tfjs/sparseSoftmaxCrossEntropy.ts");
  });
});

function errorOf(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : "something that is no error";
  }
}

describe("what compares results with comments", () => {
  it.each([
    [[0.6590011, 0.242], "0.659, 0.24"],
    [Float32Array.of(-1, Infinity, NaN), "-1, ∞, NaN"],
    [2.0611536e-9, "2.061e-9"],
    [12.4, "12"],
    [{ kind: "wasm" }, '{ kind: "wasm" }'],
    ["wasm", '"wasm"'],
  ])("%o agrees with %s", (value, text) => {
    expect(disagreement(value, text)).toBeUndefined();
  });

  it.each([
    [[0.6590011], "0.658"],
    [[0.6590011], "0.659, 0.242"],
    [[0.6590011, 0.242], "0.659"],
    [2.0611536e-9, "2.062e-9"],
    [NaN, "0"],
    [{ kind: "js" }, '{ kind: "wasm" }'],
    ["wasm", "wasm"],
  ])("%o does not agree with %s", (value, text) => {
    expect(disagreement(value, text)).toContain("expected");
  });
});

describe("the commands and links of the documents", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

  // The examples' own are in their package.json, and run by npm run test:examples.
  const ofThisPackage = documents.filter((document) => document !== "examples/README.md");

  it.each(ofThisPackage)("%s names scripts that there are", (document) => {
    const text = readFileSync(document, "utf8");
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each([
    ["bench", "bench/main.ts", /^ {2}(\w+): \{$/gm],
    ["test:(?:package|peers|runtimes)", "test/e2e/run.mjs", /^ {4}(\w+): \[/gm],
  ])("npm run %s is followed by the name of a part that there is", (script, file, line) => {
    const parts = [...readFileSync(file, "utf8").matchAll(line)].map(([, name]) => name);
    const text = ofThisPackage.map((document) => readFileSync(document, "utf8")).join("\n");
    const named = [...text.matchAll(new RegExp(`npm run ${script} -- ([a-z]\\w*)`, "g"))].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !parts.includes(name))).toEqual([]);
  });

  it("and each script for people is in README.md or CONTRIBUTING.md", () => {
    const text = readFileSync("README.md", "utf8") + readFileSync("CONTRIBUTING.md", "utf8");
    const isNamed = (name: string) => text.includes(`npm run ${name}`) || text.includes(`npm ${name}`);
    // `setup` is called by the others.
    expect(Object.keys(scripts).filter((name) => name !== "setup" && !isNamed(name))).toEqual([]);
  });

  it.each(documents)("%s points at what is there", (document) => {
    const missing = linksOf(readFileSync(document, "utf8")).filter((link) => {
      const [path, ...anchors] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      if (!existsSync(target)) return true;
      return anchors.some((anchor) => !anchorsOf(readFileSync(target, "utf8")).includes(anchor));
    });
    expect(missing).toEqual([]);
  });
});
