/**
 * Class names. Built in are the lists that are plain facts of well-known data sets. ImageNet's thousand names are not: no
 * list of them with a clear licence was found; a labels file does the same.
 */
import { fail, ok, type Result } from '../core/result';

const lists = new Map<string, readonly string[]>([
  ['digits', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
  [
    'fashion-mnist',
    ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']
  ],
  ['cifar10', ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']]
]);

export function builtinLabels(id: string): Result<readonly string[]> {
  const names = lists.get(id);
  const remedy =
    id === 'imagenet' ? 'Choose a labels file with the 1,000 names' : `Use one of ${[...lists.keys()].join(', ')}`;
  return names === undefined
    ? fail({ file: id, problem: 'there is no built-in list of this name', remedy })
    : ok(names);
}

/** One name a line, a JSON list, or a JSON object from index to name (or to Keras's `[id, name]`). */
export function parseLabels(text: string, file: string): Result<readonly string[]> {
  const bad = fail({ file, problem: 'is not a list of class names', remedy: 'Use one name a line, or a JSON list' });
  if (!/^\s*[[{]/.test(text)) {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    while (lines.at(-1) === '') lines.pop();
    return lines.length === 0 || text.includes('\0') ? bad : ok(lines);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return bad;
  }
  if (typeof parsed !== 'object' || parsed === null) return bad;
  const names: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    const index = Number(key);
    const name: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (!Number.isInteger(index) || index < 0 || index > 100_000 || typeof name !== 'string') return bad;
    names[index] = name;
  }
  return names.length === 0 ? bad : ok(Array.from(names, (name, i) => name ?? String(i)));
}
