import { backend, softmax } from "softmax-wasm";

/** Answers a POST of a JSON array of logits, or of rows of logits, with the probabilities. */
export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("POST a JSON array of logits\n", { status: 405 });
    try {
      const logits = await request.json();
      const rows = Array.isArray(logits[0]) ? logits : [logits];
      const probabilities = rows.map((row) => Array.from(softmax(row)));
      return Response.json({ backend: backend().kind, probabilities });
    } catch (error) {
      return Response.json({ code: error.code, message: error.message }, { status: 400 });
    }
  },
};
