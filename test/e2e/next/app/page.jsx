// A component of the server, with one of the page in it.

import { backend, crossEntropyGrad, softmax } from "softmax-wasm";
import { answerOf } from "../all/example.mjs";
import { Client } from "./client";

export default function Page() {
  const answer = answerOf({ backend, crossEntropyGrad, softmax });
  return (
    <>
      <p id="server">{JSON.stringify(answer)}</p>
      <Client />
    </>
  );
}
