/** An instance of the kernels' module on a memory that it imports. Throws where it cannot be had. */
export function instantiateBytes(bytes: BufferSource, memory: WebAssembly.Memory): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
}
