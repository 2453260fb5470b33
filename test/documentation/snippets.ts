// The code in a document, or in the doc comments of a source, as files that a compiler and Node take.

import { readFileSync } from "node:fs";
import ts from "typescript";

/** Where snippets lie, below the library's root. */
export const FOLDER = "build/snippets";

/** Packages that are not of this library, and what stands for them: as much of their structure as documents use. */
const STAND_INS = {
  "onnxruntime-web": "onnxruntimeWeb",
  "@huggingface/transformers": "transformers",
  "@tensorflow/tfjs": "tensorflow",
};

export interface Snippet {
  /** The document or source, and the line. */
  readonly place: string;
  /** As it is in the document, but for the stand-ins. */
  readonly plain: string;
  /** With a check in place of each comment that states a result. */
  readonly checked: string;
  /** How many comments do. */
  readonly results: number;
}

const FENCED = /^```(?:ts|js|typescript|javascript)\n(.*?)^```$/gms;

/** What begins a line of a doc comment. */
const STAR = /^ *\* ?/gm;

export function snippetsOf(document: string): Snippet[] {
  const text = readFileSync(document, "utf8").replace(document.endsWith(".ts") ? STAR : "", "");
  return [...text.matchAll(FENCED)].map(({ 1: code, index }) => {
    const line = text.slice(0, index).split("\n").length + 1;
    const plain = withStandIns(code);
    return { place: `${document}:${line}`, plain, ...withChecks(plain, document, line) };
  });
}

function withStandIns(code: string): string {
  let text = code;
  for (const [name, file] of Object.entries(STAND_INS)) {
    text = text.replaceAll(`from "${name}"`, `from "../../test/documentation/standIns/${file}.js"`);
  }
  return text;
}

const STATES = /^\/\/ (→|throws) (.*)$/;

/** Each statement that ends in `// → a result` or `// throws an error` followed, or replaced, by its check. */
function withChecks(code: string, document: string, line: number): Pick<Snippet, "checked" | "results"> {
  const source = ts.createSourceFile("snippet.ts", code, ts.ScriptTarget.Latest);
  const used = new Set<number>();
  let checked = "";
  let end = 0;
  for (const statement of source.statements) {
    const comment = statementsComment(code, statement);
    if (comment === undefined) continue;
    const at = `${document}:${line + source.getLineAndCharacterOfPosition(statement.end).line}`;
    const arguments_ = `${JSON.stringify(comment.text)}, ${JSON.stringify(at)}`;
    used.add(comment.at);
    checked += code.slice(end, statement.getStart(source));
    const own = code.slice(statement.getStart(source), statement.end);
    if (ts.isExpressionStatement(statement)) {
      const expression = own.replace(/;$/, "");
      checked += `${comment.kind === "→" ? "states" : "throws"}(() => (${expression}), ${arguments_});`;
    } else if (ts.isVariableStatement(statement) && comment.kind === "→") {
      checked += `${own} states(() => ${valueOf(statement)}, ${arguments_});`;
    } else {
      throw new Error(`${at}: a result is stated of something that has none`);
    }
    end = statement.end;
  }
  refuseUnused(code, used, document, line);
  return { checked: checked + code.slice(end), results: used.size };
}

function statementsComment(code: string, { end }: ts.Node) {
  for (const range of ts.getTrailingCommentRanges(code, end) ?? []) {
    const match = STATES.exec(code.slice(range.pos, range.end));
    if (match) return { kind: match[1], text: match[2], at: range.pos };
  }
  return undefined;
}

/** A comment that looks like a result and is none would never be checked. */
function refuseUnused(code: string, used: ReadonlySet<number>, document: string, line: number): void {
  for (const { index } of code.matchAll(/\/\/ (?:→|throws) /g)) {
    if (used.has(index)) continue;
    const at = line + code.slice(0, index).split("\n").length - 1;
    throw new Error(`${document}:${at}: a result is stated inside of a statement`);
  }
}

/** The variable, or all that are declared together. */
function valueOf({ declarationList: { declarations } }: ts.VariableStatement): string {
  const names = declarations.flatMap(({ name }) =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) =>
          ts.isBindingElement(element) && ts.isIdentifier(element.name) ? [element.name.text] : [],
        ),
  );
  return names.length === 1 ? names[0] : `[${names.join(", ")}]`;
}
