import "softmax-wasm/threads/worker";
