/** The two names the decoders need; Node's types leave WebAssembly to the DOM library, which this program does not load. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
