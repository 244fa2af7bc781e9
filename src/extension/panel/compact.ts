/**
 * Typed arrays that arrive over IPC are views on the buffer of the whole message, and `webview.postMessage` sends the
 * whole buffer behind a view. Copying such views first keeps each message as large as its contents.
 */
export function compactViews(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return compactView(value);
  if (value instanceof ArrayBuffer || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(compactViews);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, compactViews(inner)]));
}

function compactView(view: ArrayBufferView): ArrayBufferView {
  if (view.byteLength === view.buffer.byteLength && !Buffer.isBuffer(view)) return view;
  // A Buffer is sent as a plain Uint8Array: the webview knows no Buffer.
  if (view instanceof Uint8Array) return Uint8Array.from(view);
  if (view instanceof Float32Array) return Float32Array.from(view);
  if (view instanceof Float64Array) return Float64Array.from(view);
  if (view instanceof Int32Array) return Int32Array.from(view);
  if (view instanceof Uint32Array) return Uint32Array.from(view);
  if (view instanceof Uint16Array) return Uint16Array.from(view);
  if (view instanceof Int16Array) return Int16Array.from(view);
  if (view instanceof Int8Array) return Int8Array.from(view);
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer);
}
