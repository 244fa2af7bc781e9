/** Trees of the texts parsed last: after a keystroke all but the changed part is taken over. */
import { TreeFragment, type Parser, type Tree } from '@lezer/common';

const MOST_RECENT = 4;

export class RecentTrees {
  private readonly recent: { readonly text: string; readonly tree: Tree }[] = [];

  constructor(private readonly parser: Parser) {}

  parse(text: string): Tree {
    let fragments: readonly TreeFragment[] = [];
    let bestChange = text.length / 4;
    for (const other of this.recent) {
      const shorter = Math.min(text.length, other.text.length);
      let start = 0;
      while (start < shorter && text.charCodeAt(start) === other.text.charCodeAt(start)) start++;
      let end = 0;
      while (
        end < shorter - start &&
        text.charCodeAt(text.length - 1 - end) === other.text.charCodeAt(other.text.length - 1 - end)
      ) {
        end++;
      }
      const changed = Math.max(text.length, other.text.length) - start - end;
      if (changed >= bestChange) continue;
      bestChange = changed;
      fragments = TreeFragment.applyChanges(TreeFragment.addTree(other.tree), [
        { fromA: start, toA: other.text.length - end, fromB: start, toB: text.length - end }
      ]);
    }
    const tree = this.parser.parse(text, fragments);
    this.recent.unshift({ text, tree });
    this.recent.length = Math.min(this.recent.length, MOST_RECENT);
    return tree;
  }
}
