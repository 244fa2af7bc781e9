/** Python text to Lezer's tree, with the parser's known faults and half-typed code repaired beforehand. */
import type { Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { Insertion } from '../program';
import { RecentTrees } from '../recentTrees';
import { closingInsertions, insertAll } from './heal';

export interface ParsedPython {
  readonly tree: Tree;
  /** The text the tree's offsets refer to: the document's text plus `insertions`. */
  readonly text: string;
  readonly insertions: readonly Insertion[];
  readonly errors: number;
}

export function parsePython(text: string): ParsedPython {
  const plain = parseOnce(text, []);
  if (plain.errors === 0) return plain;
  const insertions = closingInsertions(text);
  if (insertions.length === 0) return plain;
  const healed = parseOnce(insertAll(text, insertions), insertions);
  return healed.errors < plain.errors || healed.errors === 0 ? healed : plain;
}

const trees = new RecentTrees(parser);

function parseOnce(text: string, insertions: readonly Insertion[]): ParsedPython {
  const tree = trees.parse(withoutParserFaults(text));
  let errors = 0;
  tree.iterate({
    enter(node) {
      if (node.type.isError) errors++;
    }
  });
  return { tree, text, insertions, errors };
}

/**
 * A text of the same length that Lezer reads rightly: it takes the dot of `1.` and `1./255` for an attribute access, does
 * not know `1.e-3`, and takes the brackets of `with (a as b, c as d):` for a tuple. Node texts are taken from the original.
 */
function withoutParserFaults(text: string): string {
  return text
    .replace(/(?<![\w.\])])(\d[\d_]*)\.(?![\w.])/g, '$1 ')
    .replace(/(?<![\w.\])])(\d[\d_]*)\.([eE][+-]?)(?=\d)/g, '$1$20')
    .replace(
      /^([ \t]*(?:async[ \t]+)?with[ \t]*)\(((?:[^()]|\([^()]*\))*\bas\b(?:[^()]|\([^()]*\))*)\)([ \t]*:)/gm,
      (_, head: string, items: string, tail: string) => `${head} ${items.replace(/\n/g, ' ')} ${tail}`
    );
}
