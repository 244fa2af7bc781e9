/** Which arrays of an archive are examples and which are their answers, by the names that people give them. */

export interface ArrayPair {
  readonly examples: string;
  readonly answers: string | null;
}

export interface ArrayParts {
  readonly train: ArrayPair;
  readonly validation: ArrayPair | null;
  readonly test: ArrayPair | null;
}

const exampleWords = ['x', 'images', 'image', 'data', 'features', 'inputs', 'input', 'arr_0', 'pixels', 'samples'];
const answerWords = ['y', 'labels', 'label', 'target', 'targets', 'classes', 'outputs', 'output', 'arr_1'];
const partWords = {
  train: ['train', 'training', 'tr'],
  validation: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing', 'te']
} as const;

type Part = keyof typeof partWords;

interface Named {
  readonly name: string;
  readonly role: 'examples' | 'answers' | null;
  readonly part: Part | null;
}

/** `x_train`, `train_images`, `XVal`, `test-labels`…: words in any order and case. */
function understood(name: string): Named {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .flatMap((word) => (word === 'arr' ? [] : [word]))
    .filter((word) => word !== '');
  const whole = name.toLowerCase();
  const part = (Object.keys(partWords) as Part[]).find((key) =>
    partWords[key].some((word) => words.includes(word) || words.some((w) => w === `x${word}` || w === `y${word}`))
  );
  const glued = words.find((word) => /^[xy](train|training|val|valid|test)$/.test(word))?.[0];
  const all = glued === undefined ? [whole, ...words] : [glued];
  const role = all.some((word) => answerWords.includes(word))
    ? 'answers'
    : all.some((word) => exampleWords.includes(word))
      ? 'examples'
      : null;
  return { name, role, part: part ?? null };
}

/**
 * @param names of arrays, without `.npy`
 * @returns `null` where no array is recognised as examples; a lone array is taken as examples without answers
 */
export function pairArrays(names: readonly string[]): ArrayParts | null {
  const known = names.map(understood);
  const pair = (part: Part | null): ArrayPair | null => {
    const here = known.filter((one) => one.part === part);
    const examples = here.find(({ role }) => role === 'examples') ?? unnamed(here, part);
    if (examples === undefined) return null;
    const answers = here.find((one) => one.role === 'answers' && one.name !== examples.name);
    return { examples: examples.name, answers: answers?.name ?? null };
  };
  const train = pair('train') ?? pair(null);
  const validation = pair('validation');
  const test = pair('test');
  if (train !== null) return { train, validation, test };
  if (test !== null || validation !== null) return null;
  const [only] = names;
  return names.length === 1 && only !== undefined
    ? { train: { examples: only, answers: null }, validation: null, test: null }
    : null;
}

/** `train` beside `train_labels`: the array that has a part's name and nothing else. */
function unnamed(here: readonly Named[], part: Part | null): Named | undefined {
  return part === null ? undefined : here.find(({ role }) => role === null);
}
