import { instantiate } from "../../dist/index.js";
import { copyingOn, plainJsOn, residentOn } from "../competitors.ts";

export const LIBRARY = "softmax-wasm";

const library = instantiate();

/** The library and plain JavaScript alone, in the way that a name asks for. */
export function ownOn(work, problem, name) {
  if (name.endsWith(" resident")) return residentOn(work, problem, library, LIBRARY).competitors;
  return [...plainJsOn(work, problem), ...copyingOn(work, problem, library, LIBRARY)];
}

/** Everybody on one problem, in both ways; `free` gives back what they hold. */
export async function fieldOf(work, problem, peers) {
  const own = residentOn(work, problem, library, LIBRARY);
  const fields = [
    { competitors: [...plainJsOn(work, problem), ...copyingOn(work, problem, library, LIBRARY)], free: () => {} },
    ...(await enter(peers, "copying", work, problem)),
    own,
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
