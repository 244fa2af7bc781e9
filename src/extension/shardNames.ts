/** The weight shards that a TensorFlow.js `model.json` or an index of `.safetensors` files names, as far as they are plain names of files beside it. */

/** A hostile manifest could name any number of shards. */
const mostShards = 1000;

/** Empty where the text is no such JSON; a name with a folder in it is left out: nothing outside is read. */
export function shardNames(text: string): readonly string[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  const manifest = field(document, 'weightsManifest');
  const map = field(document, 'weight_map');
  const named: readonly unknown[] = typeof map === 'object' && map !== null ? Object.values(map).flat() : [];
  const listed = !Array.isArray(manifest)
    ? []
    : manifest.flatMap((group: unknown): unknown[] => {
        const paths = field(group, 'paths');
        return Array.isArray(paths) ? paths : [];
      });
  return [...new Set([...listed, ...named])]
    .filter(
      (name): name is string => typeof name === 'string' && /^[^/\\:]+$/.test(name) && name !== '.' && name !== '..'
    )
    .slice(0, mostShards);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
