// Each function that a user imports says how it is used, with results that documentation.test.ts checks, and which codes its
// errors have.

import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ENTRIES = [
  "src/index.ts",
  "src/interop/index.ts",
  "src/linear/index.ts",
  "src/tfjs/index.ts",
  "src/shards/index.ts",
  "src/threads/web.ts",
  "src/threads/node.ts",
];

/** The codes of src/errors.ts. */
const CODES = new Set(readFileSync("src/errors.ts", "utf8").match(/ERR_\w+/g));

/** What throws nothing of its own. */
const NEVER_THROW = ["backend"];

const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile("tsconfig.json", (path) => readFileSync(path, "utf8")).config,
  ts.sys,
  ".",
);
const program = ts.createProgram(ENTRIES, options);
const checker = program.getTypeChecker();

interface Documented {
  readonly name: string;
  readonly example: string;
  readonly throws: string;
}

/** The functions of an entry, and what their doc comments say. */
function functionsOf(entry: string): Documented[] {
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} is no module`);
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!(symbol.flags & ts.SymbolFlags.Value)) return [];
    const tags = symbol.getJsDocTags(checker);
    if (checker.getTypeOfSymbol(symbol).getCallSignatures().length === 0) return [];
    const tag = (name: string) =>
      tags
        .filter((each) => each.name === name)
        .map(({ text }) => ts.displayPartsToString(text))
        .join("\n");
    return [{ name: exported.name, example: tag("example"), throws: tag("throws") }];
  });
}

describe.each(ENTRIES)("the functions of %s", (entry) => {
  const functions = functionsOf(entry);

  it("are all there", () => {
    expect(functions.length).toBeGreaterThan(0);
  });

  it.each(functions)("$name has an example that imports it and states results", ({ name, example }) => {
    expect(example).toMatch(new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from "softmax-wasm`));
    expect(example).toMatch(/\/\/ → /);
  });

  it.each(functions.filter(({ name }) => !NEVER_THROW.includes(name)))(
    "$name names the codes of its errors",
    (given) => {
      // Perhaps by the name of another function, which does.
      let { throws } = given;
      let named: string[] = throws.match(/ERR_\w+/g) ?? [];
      for (let link = linkOf(throws); link !== undefined; link = linkOf(throws)) {
        const to = functions.find(({ name }) => name === link);
        if (to === undefined) expect.fail(`there is no ${link}`);
        throws = to.throws;
        named = [...named, ...(throws.match(/ERR_\w+/g) ?? [])];
      }
      expect(named.length, "codes").toBeGreaterThan(0);
      expect(named.filter((code) => !CODES.has(code))).toEqual([]);
    },
  );
});

/** `As {@link softmax}` leads to softmax. */
const linkOf = (throws: string): string | undefined => /\bAs \{@link (\w+)\s*\}/.exec(throws)?.[1];
