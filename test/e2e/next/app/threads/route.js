/* global Response */
// A route of the server, on Node's workers.

import { createPool } from "softmax-wasm/threads";
import { answerOfPool } from "../../threads/answerOfPool.mjs";

export const dynamic = "force-dynamic";

export async function GET() {
  const pool = await createPool({ threads: 2 });
  try {
    return Response.json(await answerOfPool(pool));
  } finally {
    await pool.terminate();
  }
}
