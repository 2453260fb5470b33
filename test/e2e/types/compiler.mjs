// What one compiler says of every combination of module resolution, libraries and strictness that people have: a worker of
// run.mjs, which lists the compilers.

import { createRequire } from "node:module";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";

const { folder, ambient, version } = workerData;

/** Options, and the kind of file: what a CommonJS project resolves is another file than what an ES module does. */
const RESOLUTIONS = [
  { name: "node", file: "ts", options: { module: "commonjs", moduleResolution: "node" } },
  { name: "node, ES modules", file: "ts", options: { module: "es2022", moduleResolution: "node" } },
  { name: "node16, CommonJS", file: "cts", options: { module: "node16", moduleResolution: "node16" } },
  { name: "node16, ES modules", file: "mts", options: { module: "node16", moduleResolution: "node16" } },
  { name: "nodenext, CommonJS", file: "cts", options: { module: "nodenext", moduleResolution: "nodenext" } },
  { name: "nodenext, ES modules", file: "mts", options: { module: "nodenext", moduleResolution: "nodenext" } },
  { name: "bundler", file: "ts", options: { module: "es2022", moduleResolution: "bundler" } },
];

/** `files`: what is compiled beside user.ts and wasm.ts. */
const LIBRARIES = [
  { name: "ES2022 alone", lib: ["lib.es2022.d.ts"], types: [], files: [] },
  { name: "DOM", lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [], files: ["browser"] },
  { name: "worker", lib: ["lib.es2022.d.ts", "lib.webworker.d.ts"], types: [], files: ["browser"] },
  { name: "Node", lib: ["lib.es2022.d.ts"], types: ["node"], files: ["node"] },
  { name: "DOM and Node", lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: ["node"], files: ["browser", "node"] },
  { name: "ESNext", lib: ["lib.esnext.d.ts"], types: [], files: ["disposable"], since: "5.4" },
];

const STRICTNESS = [
  { name: "strict", options: {} },
  {
    name: "strictest",
    options: {
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
    },
  },
];

const ts = createRequire(import.meta.url)(`typescript-${version}`);
/** The compiler's own declarations, by path and language version, which are parsed once. */
const parsed = new Map();

let tried = 0;
const failures = [];
for (const resolution of RESOLUTIONS) {
  for (const library of LIBRARIES) {
    if (library.since > version) continue;
    for (const strictness of STRICTNESS) {
      tried++;
      const errors = check(resolution, library, strictness);
      if (errors.length === 0) continue;
      const title = [`TypeScript ${ts.version}`, resolution.name, library.name, strictness.name].join("; ");
      failures.push(`${title}\n${errors.slice(0, 5).join("\n")}`);
    }
  }
}
parentPort.postMessage({ name: `TypeScript ${ts.version}`, tried, failures });

function check({ file, options, name }, { lib, types, files }, strictness) {
  const compilerOptions = ts.convertCompilerOptionsFromJson(
    {
      target: "es2022",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types,
      ...options,
      ...strictness.options,
      // TypeScript 6 still takes it, and asks to be told so.
      ...(name.startsWith("node,") || name === "node"
        ? ts.version.startsWith("6")
          ? { ignoreDeprecations: "6.0" }
          : {}
        : {}),
    },
    folder,
  );
  if (compilerOptions.errors.length > 0) return compilerOptions.errors.map(({ messageText }) => String(messageText));
  const settings = { ...compilerOptions.options, lib };
  const host = ts.createCompilerHost(settings);
  const { getSourceFile } = host;
  host.getCurrentDirectory = () => folder;
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const key = `${path} ${JSON.stringify(languageVersion)}`;
    let source = parsed.get(key);
    if (source === undefined) {
      source = getSourceFile(path, languageVersion, ...rest);
      // Those of the user are bound to the options of their program.
      if (path.includes("/lib/lib.")) parsed.set(key, source);
    }
    return source;
  };
  const roots = [ambient, ...["user", "wasm", ...files].map((each) => join(folder, `${each}.${file}`))];
  const program = ts.createProgram(roots, settings, host);
  // All but the compiler's own libraries and Node's: with `skipLibCheck: false` those alone take a second each time.
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => !/\/lib\/lib\.|@types\/|undici-types\//.test(fileName));
  const diagnostics = ours.flatMap((each) => [
    ...program.getSyntacticDiagnostics(each),
    ...program.getSemanticDiagnostics(each),
  ]);
  return [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...diagnostics].map((diagnostic) =>
    ts.formatDiagnostic(diagnostic, { ...host, getCanonicalFileName: (path) => path, getNewLine: () => "\n" }).trim(),
  );
}
