using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [ (name = "main", worker = .worker) ],
  sockets = [ (name = "http", address = "localhost:8787", http = (), service = "main") ],
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  # workerd does not compile WebAssembly from bytes, so its entry imports the module as a file of the package. A bundler
  # that knows the export condition "workerd", as wrangler does, finds both files on its own.
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "softmax-wasm", esModule = embed "node_modules/softmax-wasm/dist/workerd.js"),
    (name = "core.wasm", wasm = embed "node_modules/softmax-wasm/dist/core.wasm"),
  ],
);
