/**
 * Hints while a line is being typed. Half a line may hide a layer, an import or a whole definition from the analysis; what is
 * written beside the other lines then stays as it was, until the cursor leaves the line or nothing is missing any more.
 */

/** Where two texts differ, if that is within one line of the newer one. */
export interface TypedLine {
  /** In the newer text. */
  readonly line: number;
  /** How many lines of the older text stand in its place: none where it is new. */
  readonly replaced: number;
}

/** `null` where the texts are equal, or differ in more than a line. */
export function typedLine(before: readonly string[], now: readonly string[]): TypedLine | null {
  const shorter = Math.min(before.length, now.length);
  let top = 0;
  while (top < shorter && before[top] === now[top]) top++;
  let bottom = 0;
  while (bottom < shorter - top && before.at(-1 - bottom) === now.at(-1 - bottom)) bottom++;
  const typed = now.length - top - bottom;
  const replaced = before.length - top - bottom;
  if (typed === 0 && replaced === 0) return null;
  return typed <= 1 && replaced <= 1 ? { line: top, replaced } : null;
}

interface Kept<H> {
  readonly lines: readonly string[];
  readonly hints: readonly H[];
}

/** The hints of one text as it is typed. */
export class SteadyHints<H extends { readonly line: number }> {
  private kept: Kept<H> | null = null;
  private filling = false;

  /** @param moved the same hint in another line */
  constructor(private readonly moved: (hint: H, line: number) => H) {}

  /** Whether the last answer held hints that the text alone does not give. */
  get isFilling(): boolean {
    return this.filling;
  }

  /**
   * @param hints what the text gives by itself, at most one for each line
   * @param cursor the line the cursor stands in; `null` where the text is not being edited
   */
  update(text: string, hints: readonly H[], cursor: number | null): readonly H[] {
    const lines = text.split('\n');
    const missing = this.missingFrom(lines, hints, cursor);
    this.filling = missing.length > 0;
    if (this.filling) return [...hints, ...missing].sort((a, b) => a.line - b.line);
    this.kept = { lines, hints };
    return hints;
  }

  private missingFrom(lines: readonly string[], hints: readonly H[], cursor: number | null): readonly H[] {
    const typed = this.kept === null || cursor === null ? null : typedLine(this.kept.lines, lines);
    if (this.kept === null || typed === null || typed.line !== cursor) return [];
    const shift = lines.length - this.kept.lines.length;
    const shown = new Set(hints.map(({ line }) => line));
    return this.kept.hints.flatMap((hint) => {
      if (hint.line >= typed.line && hint.line < typed.line + typed.replaced) return [];
      const line = hint.line < typed.line ? hint.line : hint.line + shift;
      return shown.has(line) ? [] : [this.moved(hint, line)];
    });
  }
}
