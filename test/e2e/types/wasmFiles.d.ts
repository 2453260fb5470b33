declare module "*.wasm" {
  const module: { readonly compiledByTheBundler: boolean };
  export default module;
}
