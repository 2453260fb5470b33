import { instantiate } from "../../dist/index.js";
import { instantiate as instantiateRelaxed } from "../../dist/relaxed.js";
import { copyingOn, plainJsOn, residentOn } from "../competitors/competitors.ts";

export const LIBRARY = "softmax-wasm";

const RELAXED = `${LIBRARY}/relaxed`;

const library = instantiate();
/** Not where the engine has no relaxed SIMD, as Node 20. */
const relaxed = instantiateRelaxed();

/** The library and plain JavaScript alone, in the way that a name asks for. */
export function ownOn(work, problem, name) {
  if (name.endsWith(" resident")) return residentOn(work, problem, library, LIBRARY).competitors;
  return [...plainJsOn(work, problem), ...copyingOn(work, problem, library, LIBRARY)];
}

/** Everybody on one problem, in both ways; `free` gives back what they hold. */
export async function fieldOf(work, problem, peers) {
  const own = [[library, LIBRARY]];
  if (relaxed.backend().variant === "relaxed") own.push([relaxed, RELAXED]);
  const copying = own.flatMap(([instance, name]) => copyingOn(work, problem, instance, name));
  const fields = [
    { competitors: [...plainJsOn(work, problem), ...copying], free: () => {} },
    ...(await enter(peers, "copying", work, problem)),
    ...own.map(([instance, name]) => residentOn(work, problem, instance, name)),
    ...(await enter(peers, "resident", work, problem)),
  ];
  return {
    competitors: fields.flatMap(({ competitors }) => competitors),
    free: async () => {
      for (const { free } of fields) await free();
    },
  };
}

async function enter(peers, way, work, problem) {
  const fields = [];
  for (const peer of peers) if (peer[way]) fields.push(await peer[way](work, problem));
  return fields;
}
