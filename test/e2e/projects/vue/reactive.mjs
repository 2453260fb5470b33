// A WasmArray in Vue's reactive state: in `ref`, `reactive` and `computed`, and in what a component renders.

import assert from "node:assert/strict";
import { computed, createSSRApp, h, isReactive, reactive, ref } from "vue";
import { renderToString } from "vue/server-renderer";
import { alloc, softmax } from "softmax-wasm";
import { softmax as inJs } from "softmax-wasm/js";

const expected = softmax(Float32Array.of(2, 1, 0.1));
const logits = ref(alloc(Float32Array, 3));
logits.value.view.set([2, 1, 0.1]);
const state = reactive({ p: alloc(Float32Array, 3), temperature: 1, deep: { rows: [logits.value] } });

assert.equal(softmax(logits.value, { out: state.p }), state.p);
assert.deepEqual(state.p.view, expected);
assert.deepEqual(inJs(state.deep.rows[0]), expected);

const p = computed(() => Array.from(softmax(logits.value, { temperature: state.temperature })));
assert.deepEqual(p.value, Array.from(expected));
state.temperature = 1e30;
assert.deepEqual(
  p.value,
  [1, 1, 1].map(() => Math.fround(1 / 3)),
);

// Behind a proxy of someone else, which Vue leaves alone as it does the array.
const proxy = reactive(new Proxy(alloc(Float32Array, 3), {}));
assert.equal(isReactive(proxy), false);
assert.deepEqual(softmax(proxy), Float32Array.of(1 / 3, 1 / 3, 1 / 3));

const html = await renderToString(createSSRApp({ render: () => h("pre", JSON.stringify(state.p)) }));
assert.equal(html, `<pre>${JSON.stringify(Array.from(expected))}</pre>`);
state.p.free();
assert.throws(() => state.p.view, { code: "ERR_DISPOSED" });
console.log("vue: computed");
