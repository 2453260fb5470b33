/* global AudioWorkletProcessor, registerProcessor */
import * as library from "./library.browser.mjs";
import * as shards from "./shards.browser.mjs";
import { probe } from "./probe.mjs";

registerProcessor(
  "probe",
  class extends AudioWorkletProcessor {
    /** Where audio is rendered: what runs before, in the constructor, may have another floating-point mode. */
    process() {
      this.port.postMessage(report());
      return false;
    }
  },
);

function report() {
  try {
    return probe(library, shards);
  } catch (error) {
    return { error: String(error) };
  }
}
