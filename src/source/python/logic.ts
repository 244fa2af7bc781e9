/**
 * `and`, `or` and `not` as Python binds them. The parser lets `not` reach over a following `and` or `or` (`not a and b` as
 * `not (a and b)`); here the terms are taken in the order of the text and bound anew. Brackets stay terms.
 */
import type { SyntaxNode } from '@lezer/common';

export interface LogicTerm {
  /** Where each `not` before it begins, outermost first. */
  readonly nots: readonly number[];
  readonly node: SyntaxNode;
}

export interface Logic {
  readonly terms: readonly LogicTerm[];
  /** One fewer than terms. */
  readonly operators: readonly ('and' | 'or')[];
}

/** The terms of a logical expression in the order of the text; anything else is one term. */
export function logicOf(node: SyntaxNode): Logic {
  const { firstChild, lastChild } = node;
  if (node.name === 'UnaryExpression' && firstChild?.name === 'not' && lastChild !== null) {
    const { terms, operators } = logicOf(lastChild);
    const [first, ...others] = terms;
    if (first !== undefined) {
      return { terms: [{ ...first, nots: [firstChild.from, ...first.nots] }, ...others], operators };
    }
  }
  const operator = node.getChild('and') !== null ? 'and' : node.getChild('or') !== null ? 'or' : null;
  if (node.name === 'BinaryExpression' && operator !== null && firstChild !== null && lastChild !== null) {
    const [a, b] = [logicOf(firstChild), logicOf(lastChild)];
    return { terms: [...a.terms, ...b.terms], operators: [...a.operators, operator, ...b.operators] };
  }
  return { terms: [{ nots: [], node }], operators: [] };
}
