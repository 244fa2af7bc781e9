/** What the code trains with, and where it says so. */
import type { SourceRange } from '../core/model';
import type { Subject } from './subject';

export interface Loss {
  /** Cross-entropy against a number, against one number for each class, or against yes and no. */
  readonly family: 'sparse' | 'categorical' | 'binary';
  /** Whether it takes the last layer's raw numbers; `null` where the code does not tell. */
  readonly fromLogits: boolean | null;
  /** As the code writes it: `sparse_categorical_crossentropy`, `SparseCategoricalCrossentropy`. */
  readonly name: string;
}

const FAMILIES: readonly (readonly [RegExp, Loss['family']])[] = [
  [/^sparse_?categorical_?crossentropy$/i, 'sparse'],
  [/^(softmax|categorical)_?crossentropy$/i, 'categorical'],
  [/^binary_?crossentropy$/i, 'binary']
];

/** Losses of PyTorch: each takes raw numbers or probabilities by its nature. */
const TORCH: ReadonlyMap<string, Omit<Loss, 'name'>> = new Map([
  ['CrossEntropyLoss', { family: 'sparse', fromLogits: true }],
  ['cross_entropy', { family: 'sparse', fromLogits: true }],
  ['BCEWithLogitsLoss', { family: 'binary', fromLogits: true }],
  ['BCELoss', { family: 'binary', fromLogits: false }]
]);

/** The loss of a model's only output; `null` where the code names none that is known here. */
export function lossOf(subject: Subject): Loss | null {
  const known = losss.get(subject);
  if (known !== undefined) return known;
  const found = findLoss(subject);
  losss.set(subject, found);
  return found;
}

/** Several checks ask. */
const losss = new WeakMap<Subject, Loss | null>();

function findLoss(subject: Subject): Loss | null {
  const { model } = subject;
  if (model.root.outputs.length !== 1 || subject.isPart) return null;
  const stated = model.training?.loss?.value ?? null;
  if (stated === null) return model.framework === 'pytorch' ? torchLoss(subject) : null;
  const torch = TORCH.get(stated.name);
  if (torch !== undefined) return { ...torch, name: stated.name };
  const family = FAMILIES.find(([pattern]) => pattern.test(stated.name))?.[1];
  if (family === undefined) return null;
  const given = stated.parameters['from_logits'] ?? stated.parameters['fromLogits'];
  const unread = stated.unread.some((name) => /^(from_?logits|\*\*)$/i.test(name));
  const softmax = /^softmax/i.test(stated.name);
  return { family, fromLogits: softmax ? true : unread ? null : given === true, name: stated.name };
}

/** A PyTorch loss stands apart from its model: taken only where the text names a single one. */
function torchLoss({ text }: Subject): Loss | null {
  const found = text?.whole.match(
    /\b(CrossEntropyLoss|BCEWithLogitsLoss|BCELoss|NLLLoss|F\.cross_entropy|F\.nll_loss)\b/g
  );
  const names = new Set(found ?? []);
  const [only] = names;
  const name = only?.replace('F.', '');
  const known = name === undefined ? undefined : TORCH.get(name);
  return names.size !== 1 || name === undefined || known === undefined ? null : { ...known, name };
}

/**
 * Where a pattern stands: inside the call of `compile`, else the only place in the whole text. `null` where it stands
 * nowhere or several times.
 */
export function placeOfLoss({ text, model }: Subject, pattern: RegExp): SourceRange | null {
  if (text === null) return null;
  const call = model.training?.compileCall;
  const span = call === undefined ? null : text.spanOf(call);
  if (span !== null) {
    const inside = [...text.slice(span).matchAll(pattern)];
    const [match] = inside;
    if (match !== undefined && inside.length === 1) {
      const from = span.from + match.index;
      return text.rangeOf({ cell: span.cell, from, to: from + match[0].length });
    }
    if (inside.length > 1) return null;
  }
  const places = text.cells.flatMap((cell) =>
    [...text.part(cell).matchAll(pattern)].map(({ index, 0: found }) => ({
      cell,
      from: index,
      to: index + found.length
    }))
  );
  const [place] = places;
  return place === undefined || places.length > 1 ? null : text.rangeOf(place);
}
