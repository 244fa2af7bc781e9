/**
 * What the labels of a training call are, as far as the text proves it: whole numbers as the data set gives them, or one
 * number for each class after `to_categorical`. Anything else that happens to them leaves them unproven.
 */
import { callAt, argumentOfCall } from './callText';
import type { Subject } from './subject';

export interface Labels {
  readonly data: string;
  /** Classes of the labels. */
  readonly classes: number;
  /** `null` where the text does not prove it. */
  readonly encoding: 'number' | 'oneHot' | null;
}

/** Classes of the data sets that frameworks bring, by their names in Keras, torchvision and papers. */
const CLASSES: ReadonlyMap<string, number> = new Map([
  ['mnist', 10],
  ['fashion_mnist', 10],
  ['fashionmnist', 10],
  ['kmnist', 10],
  ['qmnist', 10],
  ['cifar10', 10],
  ['cifar100', 100],
  ['svhn', 10],
  ['stl10', 10],
  ['reuters', 46]
]);

export function labelsOf(subject: Subject): Labels | null {
  const { text, model } = subject;
  const data = model.training?.data?.value ?? null;
  const all = data === null ? undefined : CLASSES.get(data.toLowerCase());
  if (data === null || all === undefined || text === null) return null;
  const coarse = data.toLowerCase() === 'cifar100' && /label_mode\s*=\s*['"]coarse['"]/.test(text.whole);
  const found = text.language === 'python' ? encodingInFit(subject) : null;
  return { data, classes: found?.classes ?? (coarse ? 20 : all), encoding: found?.encoding ?? null };
}

interface Encoding {
  readonly encoding: 'number' | 'oneHot';
  /** `null`: those of the data set. */
  readonly classes: number | null;
}

/** One statement on one line, brackets closed, without comments. */
interface Assignment {
  readonly targets: readonly string[];
  readonly right: string;
  /** Statements of functions, loops and conditions may run never or several times. */
  readonly certain: boolean;
}

function encodingInFit(subject: Subject): Encoding | null {
  const { text, model } = subject;
  const range = model.training?.fitCall;
  const call = text === null || range === undefined ? null : callAt(text, range);
  const given = call === null ? null : argumentOfCall(call, 'y', 1);
  if (text === null || given === null) return null;
  const lines = statements(text.whole);
  const end = lines.findIndex((line) => line.includes('.fit(') && line.includes(given.text));
  const before = lines.slice(0, end < 0 ? undefined : end);
  // Two data sets in one text: which labels a name holds is no longer plain.
  if (lines.filter((line) => line.includes('.load_data(')).length !== 1) return null;
  return resolve(given.text, before.map(assignmentOf), before, 0);
}

/** Logical lines: brackets joined, comments and the contents of strings left out. */
function statements(code: string): readonly string[] {
  const lines: string[] = [];
  let open = 0;
  const plain = code
    .replace(/("""|''')[\s\S]*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "''")
    .replace(/#[^\n]*/g, '');
  for (const line of plain.split('\n')) {
    if (open > 0) lines.push(`${lines.pop() ?? ''} ${line.trim()}`);
    else lines.push(line);
    open += (line.match(/[([{]/g)?.length ?? 0) - (line.match(/[)\]}]/g)?.length ?? 0);
  }
  return lines;
}

function assignmentOf(line: string): Assignment | null {
  const found = /^(\s*)([\w\s,()*]+?)\s*=(?!=)\s*(.+)$/.exec(line);
  if (found === null) return null;
  const [, indent = '', left = '', right = ''] = found;
  return { targets: left.match(/\w+/g) ?? [], right: right.trim(), certain: indent === '' };
}

const DEEPEST = 8;
const SLICED =
  /^(\w+)((?:\[\s*-?\w*\s*:\s*-?\w*\s*\]|\.astype\([^()]*\)|\.(?:flatten|ravel|squeeze)\(\)|\.reshape\(\s*-1\s*(?:,\s*1\s*)?\))*)$/;
const ONE_HOT =
  /^(?:\w+\.)*to_categorical\(\s*(?:y\s*=\s*)?([\w[\]:.() -]+?)\s*(?:,\s*(?:num_classes\s*=\s*)?(\w+)\s*)?,?\s*\)$/;

/** What an expression for labels holds after these statements; `null` where it is none of the few forms that keep them plain. */
function resolve(
  expression: string,
  assignments: readonly (Assignment | null)[],
  lines: readonly string[],
  depth: number
): Encoding | null {
  if (depth > DEEPEST) return null;
  const written = expression.trim();
  const hot = ONE_HOT.exec(written);
  if (hot !== null) {
    const inner = resolve(hot[1] ?? '', assignments, lines, depth + 1);
    const classes = hot[2] === undefined ? null : numberOf(hot[2], assignments);
    if (inner?.encoding !== 'number' || (hot[2] !== undefined && classes === null)) return null;
    return { encoding: 'oneHot', classes };
  }
  const name = SLICED.exec(written)?.[1];
  if (name === undefined || isChanged(name, lines)) return null;
  const at = assignments.findLastIndex((assignment) => assignment?.targets.includes(name) === true);
  const assignment = assignments[at];
  if (assignment?.certain !== true) return null;
  const { targets, right } = assignment;
  if (/^[\w.]+\.load_data\(/.test(right)) {
    // `(x_train, y_train), (x_test, y_test)`: labels are the second of each pair.
    return targets.length === 4 && targets.indexOf(name) % 2 === 1 ? { encoding: 'number', classes: null } : null;
  }
  if (targets.length !== 1) return null;
  return resolve(right, assignments.slice(0, at), lines, depth + 1);
}

/** Whether entries of the name are written, or a loop or an operator gives it values. */
function isChanged(name: string, lines: readonly string[]): boolean {
  const pattern = new RegExp(
    `\\b${name}\\s*\\[[^\\]]*\\]\\s*=(?!=)|\\b${name}\\s*(?:[-+*/%|&^]|//|\\*\\*|<<|>>)=|\\bfor\\b[^:]*\\b${name}\\b[^:]*\\bin\\b|\\bdel\\b.*\\b${name}\\b`
  );
  return lines.some((line) => pattern.test(line));
}

/** A number, or a name that stands for one. */
function numberOf(word: string, assignments: readonly (Assignment | null)[]): number | null {
  if (/^\d+$/.test(word)) return Number(word);
  const last = assignments.findLast((assignment) => assignment?.targets.includes(word) === true);
  return last?.certain === true && last.targets.length === 1 && /^\d+$/.test(last.right) ? Number(last.right) : null;
}
