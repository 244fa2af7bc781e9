/** How a data set's classes stand to a network's outputs. */

/**
 * The network's output index for each label of the data set. Where the network's classes are named, by name
 * (case-blind); where they are not, the same index if the counts agree.
 * @returns `null` where the two do not fit: then answers can be compared with each other, not with the truth
 */
export function matchLabels(
  classNames: readonly string[] | null,
  outputs: number,
  outputNames: readonly string[] | null
): readonly number[] | null {
  if (classNames === null) return null;
  if (outputNames !== null) {
    const known = new Map(outputNames.map((name, index) => [name.trim().toLowerCase(), index]));
    const found = classNames.map((name) => known.get(name.trim().toLowerCase()) ?? -1);
    if (!found.includes(-1)) return found;
  }
  return classNames.length === outputs ? classNames.map((_, index) => index) : null;
}
