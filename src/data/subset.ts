/** Parts of a set and sets one after another, without copying an example. */
import type { TrainingSet } from './dataSet';

/**
 * The examples at `indices`, in that order.
 * @param part for the title, in the person's language: `training part`
 */
export function subsetOf(set: TrainingSet, indices: Uint32Array, part: string): TrainingSet {
  const at = (index: number): number => indices[index] ?? 0;
  return {
    id: `${set.id}#${part}`,
    title: `${set.title}, ${part}`,
    size: indices.length,
    classNames: set.classNames,
    shape: set.shape,
    targets: set.targets,
    targetSize: set.targetSize,
    notices: set.notices,
    label: (index) => set.label(at(index)),
    image: (index) => set.image(at(index)),
    nameOf: (index) => set.nameOf(at(index)),
    target: (index) => set.target(at(index)),
    example: (index) => set.example(at(index)),
    close: () => set.close()
  };
}

/** Several sets of one kind as one: batches of CIFAR. @param sets at least one, with equal shapes, classes and targets. */
export function joined(
  sets: readonly [TrainingSet, ...TrainingSet[]],
  names: { readonly id: string; readonly title: string }
): TrainingSet {
  const [first] = sets;
  const starts: number[] = [];
  let size = 0;
  for (const set of sets) {
    starts.push(size);
    size += set.size;
  }
  const find = (index: number): readonly [TrainingSet, number] => {
    let k = sets.length - 1;
    while (k > 0 && (starts[k] ?? 0) > index) k--;
    return [sets[k] ?? first, index - (starts[k] ?? 0)];
  };
  const ask = <T>(index: number, question: (set: TrainingSet, inner: number) => T): T => question(...find(index));
  return {
    ...names,
    size,
    classNames: first.classNames,
    shape: first.shape,
    targets: first.targets,
    targetSize: first.targetSize,
    notices: sets.flatMap(({ notices }) => notices),
    label: (index) => ask(index, (set, inner) => set.label(inner)),
    image: (index) => ask(index, (set, inner) => set.image(inner)),
    nameOf: (index) => ask(index, (set, inner) => set.nameOf(inner)),
    target: (index) => ask(index, (set, inner) => set.target(inner)),
    example: (index) => ask(index, (set, inner) => set.example(inner)),
    close() {
      for (const set of sets) set.close();
    }
  };
}
