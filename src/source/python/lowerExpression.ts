/** Lezer's concrete Python tree to the small syntax tree: expressions, arguments and parameters. */
import type { SyntaxNode } from '@lezer/common';
import type { Argument, ComprehensionClause, Expression, Located, Parameter } from './ast';
import { logicOf } from './logic';
import { numberValue, stringValue, unescape } from './strings';

const COMPARISONS = new Set(['<', '>', '<=', '>=', '==', '!=', 'is', 'is not', 'in', 'not in']);
const BRACKETS = new Set(['(', ')', '[', ']', '{', '}']);

export class ExpressionLowering {
  constructor(
    private readonly text: string,
    private readonly locate: (from: number, to: number) => Located
  ) {}

  lower(node: SyntaxNode): Expression {
    const at = this.locate(node.from, node.to);
    const kids = childrenOf(node);
    const first = kids[0];
    switch (node.name) {
      case 'Number': {
        const number = numberValue(this.slice(node));
        return number === null ? this.unsupported(node) : { type: 'number', ...number, ...at };
      }
      case 'String':
        return { type: 'string', value: stringValue(this.slice(node)), ...at };
      case 'ContinuedString': {
        const parts = kids.map((kid) => this.lower(kid));
        const texts = parts.map((part) => (part.type === 'string' ? part.value : null));
        return texts.includes(null)
          ? { type: 'format', parts, ...at }
          : { type: 'string', value: texts.join(''), ...at };
      }
      case 'FormatString':
        return this.formatString(node, kids, at);
      case 'Boolean':
        return { type: 'constant', value: this.slice(node) === 'True', ...at };
      case 'None':
        return { type: 'constant', value: null, ...at };
      case 'VariableName':
      case 'PropertyName':
        return { type: 'name', name: this.slice(node), ...at };
      case 'ParenthesizedExpression': {
        const inner = kids.filter((kid) => !BRACKETS.has(kid.name) && !kid.type.isError);
        const only = inner[0];
        return only === undefined ? this.unsupported(node) : this.lower(only);
      }
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'SetExpression': {
        const type = node.name === 'TupleExpression' ? 'tuple' : node.name === 'ArrayExpression' ? 'list' : 'set';
        return { type, items: this.items(kids.filter((kid) => !BRACKETS.has(kid.name))), ...at };
      }
      case 'DictionaryExpression':
        return this.dictionary(kids, at);
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this.comprehension(
          kids.filter((kid) => !BRACKETS.has(kid.name)),
          node.name === 'DictionaryComprehensionExpression' ? 'dict' : 'list',
          node
        );
      case 'UnaryExpression': {
        const operand = kids[1];
        if (first === undefined || operand === undefined) return this.unsupported(node);
        if (first.name === 'not') return this.logical(node);
        return { type: 'unary', operator: this.slice(first), operand: this.lower(operand), ...at };
      }
      case 'BinaryExpression':
        return this.binary(kids, node, at);
      case 'ConditionalExpression': {
        const [then, , test, , otherwise] = kids;
        if (then === undefined || test === undefined || otherwise === undefined) return this.unsupported(node);
        return {
          type: 'conditional',
          then: this.lower(then),
          test: this.lower(test),
          otherwise: this.lower(otherwise),
          ...at
        };
      }
      case 'LambdaExpression': {
        const list = node.getChild('ParamList');
        const body = kids.at(-1);
        if (body === undefined) return this.unsupported(node);
        return {
          type: 'lambda',
          parameters: list === null ? [] : this.parameters(list),
          body: this.lower(body),
          ...at
        };
      }
      case 'NamedExpression': {
        const value = kids[2];
        if (first === undefined || value === undefined) return this.unsupported(node);
        return { type: 'named', target: this.lower(first), value: this.lower(value), ...at };
      }
      case 'AwaitExpression':
        return kids[1] === undefined ? this.unsupported(node) : this.lower(kids[1]);
      case 'CallExpression': {
        if (first === undefined) return this.unsupported(node);
        const list = node.getChild('ArgList');
        return { type: 'call', callee: this.lower(first), args: list === null ? [] : this.args(list), ...at };
      }
      case 'MemberExpression':
        return this.member(kids, node, at);
      default:
        return this.unsupported(node);
    }
  }

  /** `a` alone, or a tuple where there are commas. */
  sequence(nodes: readonly SyntaxNode[], parent: SyntaxNode): Expression {
    const comma = nodes.some((node) => node.name === ',');
    const items = this.items(nodes);
    const only = items[0];
    if (!comma && only !== undefined) return only;
    const first = nodes[0] ?? parent;
    return { type: 'tuple', items, ...this.locate(first.from, (nodes.at(-1) ?? parent).to) };
  }

  private items(nodes: readonly SyntaxNode[]): Expression[] {
    const items: Expression[] = [];
    let starred = false;
    for (const node of nodes) {
      if (node.name === ',' || node.type.isError) continue;
      if (node.name === '*') {
        starred = true;
        continue;
      }
      const value = this.lower(node);
      items.push(starred ? { type: 'starred', value, ...this.locate(node.from, node.to) } : value);
      starred = false;
    }
    return items;
  }

  args(list: SyntaxNode): Argument[] {
    const kids = childrenOf(list).filter((kid) => !['(', ')'].includes(kid.name));
    if (kids.some((kid) => kid.name === 'for')) {
      const value = this.comprehension(kids, 'list', list);
      return [{ name: null, unpack: '', value, from: value.from, to: value.to }];
    }
    const args: Argument[] = [];
    for (let i = 0; i < kids.length; i++) {
      const kid = kids[i];
      if (kid === undefined || kid.name === ',' || kid.type.isError) continue;
      if (kid.name === '*' || kid.name === '**') {
        const value = kids[++i];
        if (value === undefined) continue;
        args.push({
          name: null,
          unpack: kid.name,
          value: this.lower(value),
          ...this.locate(kid.from, value.to)
        });
      } else if (kid.name === 'VariableName' && kids[i + 1]?.name === 'AssignOp') {
        const value = kids[i + 2];
        // `name=` with nothing after it yet: as if it were not there.
        if (value === undefined || value.name === ',' || value.type.isError) {
          i += 1;
          continue;
        }
        i += 2;
        args.push({ name: this.slice(kid), unpack: '', value: this.lower(value), ...this.locate(kid.from, value.to) });
      } else {
        args.push({ name: null, unpack: '', value: this.lower(kid), ...this.locate(kid.from, kid.to) });
      }
    }
    return args;
  }

  parameters(list: SyntaxNode): Parameter[] {
    const kids = childrenOf(list).filter((kid) => !['(', ')', 'TypeDef'].includes(kid.name));
    const parameters: Parameter[] = [];
    let keywordOnly = false;
    for (let i = 0; i < kids.length; i++) {
      const kid = kids[i];
      if (kid === undefined) continue;
      if (kid.name === '*' || kid.name === '**') {
        keywordOnly = true;
        const name = kids[i + 1];
        if (name?.name !== 'VariableName') continue;
        i++;
        const at = this.locate(name.from, name.to);
        const kind = kid.name === '*' ? 'rest' : 'keywords';
        parameters.push({ name: this.slice(name), kind, fallback: null, ...at });
      } else if (kid.name === 'VariableName') {
        const given = kids[i + 1]?.name === 'AssignOp' ? kids[i + 2] : undefined;
        if (given !== undefined) i += 2;
        parameters.push({
          name: this.slice(kid),
          kind: keywordOnly ? 'keywordOnly' : 'positional',
          fallback: given === undefined ? null : this.lower(given),
          ...this.locate(kid.from, kid.to)
        });
      }
    }
    return parameters;
  }

  private binary(kids: readonly SyntaxNode[], node: SyntaxNode, at: Located): Expression {
    const left = kids[0];
    const right = kids.at(-1);
    if (left === undefined || right === undefined || kids.length < 3) return this.unsupported(node);
    const operator = kids
      .slice(1, -1)
      .map((kid) => this.slice(kid))
      .join(' ');
    if (operator === 'and' || operator === 'or') return this.logical(node);
    if (!COMPARISONS.has(operator)) {
      return { type: 'binary', operator, left: this.lower(left), right: this.lower(right), ...at };
    }
    const first = this.lower(left);
    const step = { operator, value: this.lower(right) };
    // `a < b < c` arrives as `(a < b) < c`; brackets would make another node of the left side.
    return left.name === 'BinaryExpression' && first.type === 'compare'
      ? { ...first, rest: [...first.rest, step], ...at }
      : { type: 'compare', first, rest: [step], ...at };
  }

  /** `not` binds tighter than `and`, `and` tighter than `or`. */
  private logical(node: SyntaxNode): Expression {
    const { terms, operators } = logicOf(node);
    if (terms.length === 1 && terms[0]?.node === node) return this.unsupported(node);
    const groups: Expression[][] = [[]];
    terms.forEach(({ nots, node: term }, i) => {
      const negated = nots.reduceRight<Expression>(
        (operand, from) => ({ type: 'unary', operator: 'not', operand, ...this.locate(from, term.to) }),
        this.lower(term)
      );
      if (operators[i - 1] === 'or') groups.push([]);
      groups.at(-1)?.push(negated);
    });
    const joined = (operator: 'and' | 'or', parts: readonly Expression[]): Expression | null =>
      parts.reduce<Expression | null>(
        (left, right) =>
          left === null ? right : { type: 'logical', operator, left, right, from: left.from, to: right.to },
        null
      );
    const either = groups.flatMap((group) => joined('and', group) ?? []);
    return joined('or', either) ?? this.unsupported(node);
  }

  private member(kids: readonly SyntaxNode[], node: SyntaxNode, at: Located): Expression {
    const [object, dot, name] = kids;
    if (object === undefined || dot === undefined) return this.unsupported(node);
    if (dot.name === '.') {
      const property = name === undefined || name.type.isError ? '' : this.slice(name);
      return { type: 'attribute', object: this.lower(object), name: property, ...at };
    }
    const inner = kids.slice(2, kids.at(-1)?.name === ']' ? -1 : undefined);
    const groups: SyntaxNode[][] = [[]];
    for (const kid of inner) {
      if (kid.name === ',') groups.push([]);
      else groups.at(-1)?.push(kid);
    }
    const parts = groups.filter((group) => group.length > 0).map((group) => this.subscript(group, node));
    const only = parts[0];
    if (only === undefined) return this.unsupported(node);
    const index: Expression = groups.length === 1 ? only : { type: 'tuple', items: parts, ...at };
    return { type: 'index', object: this.lower(object), index, ...at };
  }

  private subscript(group: readonly SyntaxNode[], node: SyntaxNode): Expression {
    const first = group[0];
    if (!group.some((kid) => kid.name === ':')) {
      return first === undefined || first.type.isError ? this.unsupported(node) : this.lower(first);
    }
    const bounds: (Expression | null)[] = [null, null, null];
    let place = 0;
    for (const kid of group) {
      if (kid.name === ':') place++;
      else if (!kid.type.isError) bounds[place] = this.lower(kid);
    }
    const [start = null, stop = null, step = null] = bounds;
    return { type: 'slice', start, stop, step, ...this.locate(first?.from ?? node.from, group.at(-1)?.to ?? node.to) };
  }

  private dictionary(kids: readonly SyntaxNode[], at: Located): Expression {
    const inner = kids.filter((kid) => !BRACKETS.has(kid.name) && !kid.type.isError);
    const entries: { key: Expression | null; value: Expression }[] = [];
    for (let i = 0; i < inner.length; i++) {
      const kid = inner[i];
      if (kid === undefined || kid.name === ',') continue;
      if (kid.name === '**') {
        const value = inner[++i];
        if (value !== undefined) entries.push({ key: null, value: this.lower(value) });
      } else if (inner[i + 1]?.name === ':') {
        const value = inner[i + 2];
        if (value !== undefined) entries.push({ key: this.lower(kid), value: this.lower(value) });
        i += 2;
      }
    }
    return { type: 'dict', entries, ...at };
  }

  private comprehension(kids: readonly SyntaxNode[], result: 'list' | 'dict', node: SyntaxNode): Expression {
    const start = kids.findIndex((kid) => kid.name === 'for');
    const first = kids[0];
    const element = result === 'dict' ? kids[2] : first;
    if (start < 0 || first === undefined || element === undefined) return this.unsupported(node);
    const clauses: (ComprehensionClause & { conditions: Expression[] })[] = [];
    for (let i = start; i < kids.length; i++) {
      const word = kids[i]?.name;
      if (word === 'for') {
        const into = kids.findIndex((kid, j) => j > i && kid.name === 'in');
        const iterable = kids[into + 1];
        if (into < 0 || iterable === undefined) return this.unsupported(node);
        const target = this.sequence(kids.slice(i + 1, into), node);
        clauses.push({ target, iterable: this.lower(iterable), conditions: [] });
        i = into + 1;
      } else if (word === 'if') {
        const condition = kids[++i];
        if (condition !== undefined) clauses.at(-1)?.conditions.push(this.lower(condition));
      }
    }
    return {
      type: 'comprehension',
      result,
      key: result === 'dict' ? this.lower(first) : null,
      element: this.lower(element),
      clauses,
      ...this.locate(node.from, node.to)
    };
  }

  private formatString(node: SyntaxNode, kids: readonly SyntaxNode[], at: Located): Expression {
    const whole = this.slice(node);
    const opening = /^[a-zA-Z]*('''|"""|'|")/.exec(whole);
    const quote = opening?.[1] ?? '';
    const parts: Expression[] = [];
    let position = node.from + (opening?.[0].length ?? 0);
    const literal = (to: number): void => {
      if (to <= position) return;
      const value = unescape(this.text.slice(position, to)).replace(/\{\{|\}\}/g, (pair) => pair.charAt(0));
      parts.push({ type: 'string', value, ...this.locate(position, to) });
    };
    for (const kid of kids) {
      if (kid.name !== 'FormatReplacement') continue;
      literal(kid.from);
      const inner = childrenOf(kid).filter((part) => !BRACKETS.has(part.name));
      const value = inner[0];
      const formatted = inner.length > 1;
      parts.push(value === undefined || formatted ? this.unsupported(kid) : this.lower(value));
      position = kid.to;
    }
    literal(whole.endsWith(quote) ? node.to - quote.length : node.to);
    return { type: 'format', parts, ...at };
  }

  private unsupported(node: SyntaxNode): Expression {
    return { type: 'unsupported', text: this.slice(node).slice(0, 60), ...this.locate(node.from, node.to) };
  }

  private slice(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const kids: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') kids.push(child);
  }
  return kids;
}
