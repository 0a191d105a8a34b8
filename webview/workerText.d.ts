/** scripts/build.mjs bundles the module and gives its text: a webview cannot load a worker by URL. */
declare module '*?worker' {
  const text: string;
  export { text as default };
}
