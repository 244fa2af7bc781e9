/** Lezer's concrete JavaScript tree to the small syntax tree: expressions, arguments, parameters and patterns. */
import type { SyntaxNode } from '@lezer/common';
import type { Argument, Expression, ExpressionOf, Located, Parameter } from '../python/ast';
import { unescape } from '../python/strings';
import { childrenOf, type ScriptLowering } from './lower';

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ['<', '<'],
  ['>', '>'],
  ['<=', '<='],
  ['>=', '>='],
  ['==', '=='],
  ['===', '=='],
  ['!=', '!='],
  ['!==', '!=']
]);
const LOGICAL: ReadonlyMap<string, 'and' | 'or' | '??'> = new Map([
  ['&&', 'and'],
  ['||', 'or'],
  ['??', '??']
]);

export class ScriptExpressions {
  constructor(
    private readonly text: string,
    private readonly offset: number,
    private readonly statements: ScriptLowering
  ) {}

  private locate(from: number, to: number): Located {
    return { from: from + this.offset, to: to + this.offset };
  }

  lower(node: SyntaxNode): Expression {
    const at = this.locate(node.from, node.to);
    const kids = childrenOf(node);
    const [first, second, third] = kids;
    switch (node.name) {
      case 'Number': {
        const value = Number(this.slice(node).replace(/_/g, ''));
        return Number.isNaN(value)
          ? this.unsupported(node)
          : { type: 'number', value, isFloat: !Number.isInteger(value), ...at };
      }
      case 'String':
        return { type: 'string', value: unescape(this.slice(node).slice(1, -1)), ...at };
      case 'TemplateString':
        return this.template(node, kids, at);
      case 'BooleanLiteral':
        return { type: 'constant', value: this.slice(node) === 'true', ...at };
      case 'null':
        return { type: 'constant', value: null, ...at };
      case 'this':
      case 'super':
      case 'VariableName':
      case 'VariableDefinition':
        return { type: 'name', name: this.slice(node), ...at };
      case 'ParenthesizedExpression': {
        const inner = kids.find((kid) => kid.name !== '(' && kid.name !== ')');
        return inner === undefined ? this.unsupported(node) : this.lower(inner);
      }
      case 'SequenceExpression':
      case 'TypeAssertion':
      case 'PrefixCast':
        return this.last(kids, node);
      case 'AwaitExpression':
      case 'YieldExpression':
        return second === undefined ? this.unsupported(node) : this.lower(second);
      case 'ArrayExpression':
        return { type: 'list', items: this.items(kids), ...at };
      case 'ObjectExpression':
        return {
          type: 'dict',
          entries: kids.filter((kid) => kid.name === 'Property').flatMap((kid) => this.property(kid)),
          ...at
        };
      case 'UnaryExpression': {
        if (first === undefined || second === undefined) return this.unsupported(node);
        const operator = this.slice(first);
        if (operator === '++' || operator === '--') return this.step(second, operator, at);
        if (!['!', '-', '+', '~'].includes(operator)) return this.unsupported(node);
        return { type: 'unary', operator: operator === '!' ? 'not' : operator, operand: this.lower(second), ...at };
      }
      case 'PostfixExpression': {
        if (first === undefined || second === undefined) return this.unsupported(node);
        const operator = this.slice(second);
        // `value!` of TypeScript.
        return operator === '++' || operator === '--' ? this.step(first, operator, at) : this.lower(first);
      }
      case 'BinaryExpression':
        return this.binary(kids, node, at);
      case 'ConditionalExpression': {
        const [test, , then, , otherwise] = kids;
        if (test === undefined || then === undefined || otherwise === undefined) return this.unsupported(node);
        return {
          type: 'conditional',
          test: this.lower(test),
          then: this.lower(then),
          otherwise: this.lower(otherwise),
          ...at
        };
      }
      case 'AssignmentExpression': {
        if (first === undefined || second === undefined || third === undefined) return this.unsupported(node);
        const target = this.pattern(first);
        const operator = this.slice(second).slice(0, -1);
        const value = this.lower(third);
        if (operator === '') return { type: 'named', target, value, ...at };
        const logical = LOGICAL.get(operator);
        const combined: Expression =
          logical === undefined
            ? { type: 'binary', operator, left: target, right: value, ...at }
            : { type: 'logical', operator: logical, left: target, right: value, ...at };
        return { type: 'named', target, value: combined, ...at };
      }
      case 'CallExpression':
      case 'NewExpression':
        return this.call(node, kids, at);
      case 'MemberExpression':
        return this.member(kids, node, at);
      case 'ArrowFunction':
      case 'FunctionExpression':
        return { type: 'function', definition: this.statements.functionOf(node, 'function'), ...at };
      default:
        return this.unsupported(node);
    }
  }

  private last(kids: readonly SyntaxNode[], node: SyntaxNode): Expression {
    const last = kids.at(-1);
    return last === undefined ? this.unsupported(node) : this.lower(last);
  }

  private items(kids: readonly SyntaxNode[]): Expression[] {
    const items: Expression[] = [];
    for (let i = 0; i < kids.length; i++) {
      const kid = kids[i];
      if (kid === undefined || /^[[\],]$/.test(kid.name) || kid.type.isError) continue;
      if (kid.name !== 'Spread') {
        items.push(this.lower(kid));
        continue;
      }
      const value = kids[++i];
      if (value !== undefined)
        items.push({ type: 'starred', value: this.lower(value), ...this.locate(kid.from, value.to) });
    }
    return items;
  }

  private property(node: SyntaxNode): { key: Expression | null; value: Expression }[] {
    const kids = childrenOf(node);
    const [first, second] = kids;
    if (first === undefined) return [];
    if (first.name === 'Spread') return second === undefined ? [] : [{ key: null, value: this.lower(second) }];
    const at = this.locate(first.from, first.to);
    if (first.name === '[') {
      const value = kids.at(-1);
      return second === undefined || value === undefined ? [] : [{ key: this.lower(second), value: this.lower(value) }];
    }
    const name = first.name === 'String' ? this.slice(first).slice(1, -1) : this.slice(first);
    const key: Expression = { type: 'string', value: name, ...at };
    if (node.getChild('ParamList') !== null) {
      return [{ key, value: { type: 'function', definition: this.statements.functionOf(node, name), ...at } }];
    }
    const colon = kids.findIndex((kid) => kid.name === ':');
    const value = colon < 0 ? undefined : kids[colon + 1];
    if (colon >= 0 && value === undefined) return [];
    return [{ key, value: value === undefined ? { type: 'name', name, ...at } : this.lower(value) }];
  }

  private step(target: SyntaxNode, operator: string, at: Located): Expression {
    const left = this.lower(target);
    const one: Expression = { type: 'number', value: 1, isFloat: false, ...at };
    return {
      type: 'named',
      target: left,
      value: { type: 'binary', operator: operator.charAt(0), left, right: one, ...at },
      ...at
    };
  }

  private binary(kids: readonly SyntaxNode[], node: SyntaxNode, at: Located): Expression {
    const [left, operator, right] = kids;
    if (left === undefined || operator === undefined) return this.unsupported(node);
    const word = this.slice(operator);
    if (word === 'as' || word === 'satisfies') return this.lower(left);
    if (right === undefined || word === 'in' || word === 'instanceof') return this.unsupported(node);
    const logical = LOGICAL.get(word);
    if (logical !== undefined)
      return { type: 'logical', operator: logical, left: this.lower(left), right: this.lower(right), ...at };
    const comparison = COMPARISONS.get(word);
    return comparison === undefined
      ? { type: 'binary', operator: word, left: this.lower(left), right: this.lower(right), ...at }
      : { type: 'compare', first: this.lower(left), rest: [{ operator: comparison, value: this.lower(right) }], ...at };
  }

  private call(node: SyntaxNode, kids: readonly SyntaxNode[], at: Located): Expression {
    const callee = node.name === 'NewExpression' ? kids[1] : kids[0];
    if (callee === undefined) return this.unsupported(node);
    const list = node.getChild('ArgList');
    const args = list === null ? [] : this.args(list);
    if (callee.name !== 'super') return { type: 'call', callee: this.lower(callee), args, ...at };
    const base = this.superOf(this.locate(callee.from, callee.to));
    return { type: 'call', callee: { type: 'attribute', object: base, name: '__init__', ...at }, args, ...at };
  }

  private superOf(at: Located): Expression {
    return { type: 'call', callee: { type: 'name', name: 'super', ...at }, args: [], ...at };
  }

  private args(list: SyntaxNode): Argument[] {
    return this.items(childrenOf(list).filter((kid) => kid.name !== '(' && kid.name !== ')')).map((value): Argument =>
      value.type === 'starred'
        ? { name: null, unpack: '*', value: value.value, from: value.from, to: value.to }
        : { name: null, unpack: '', value, from: value.from, to: value.to }
    );
  }

  private member(kids: readonly SyntaxNode[], node: SyntaxNode, at: Located): Expression {
    const [object, dot, name] = kids;
    if (object === undefined || dot === undefined) return this.unsupported(node);
    const value = object.name === 'super' ? this.superOf(this.locate(object.from, object.to)) : this.lower(object);
    if (dot.name === '.' || dot.name === '?.') {
      if (name?.name === '[') {
        const index = kids[3];
        return index === undefined
          ? this.unsupported(node)
          : { type: 'index', object: value, index: this.lower(index), ...at };
      }
      return {
        type: 'attribute',
        object: value,
        name: name === undefined || name.type.isError ? '' : this.slice(name),
        ...at
      };
    }
    return name === undefined
      ? this.unsupported(node)
      : { type: 'index', object: value, index: this.lower(name), ...at };
  }

  private template(node: SyntaxNode, kids: readonly SyntaxNode[], at: Located): Expression {
    const parts: Expression[] = [];
    let position = node.from + 1;
    const literal = (to: number): void => {
      if (to > position)
        parts.push({ type: 'string', value: unescape(this.text.slice(position, to)), ...this.locate(position, to) });
    };
    for (const kid of kids) {
      if (kid.name !== 'Interpolation') continue;
      literal(kid.from);
      const inner = childrenOf(kid).find((part) => !/^Interpolation(Start|End)$/.test(part.name));
      parts.push(inner === undefined ? this.unsupported(kid) : this.lower(inner));
      position = kid.to;
    }
    literal(node.to - 1);
    return { type: 'format', parts, ...at };
  }

  parameters(list: SyntaxNode): Parameter[] {
    const kids = childrenOf(list);
    const parameters: Parameter[] = [];
    for (let i = 0; i < kids.length; i++) {
      const kid = kids[i];
      if (kid === undefined) continue;
      const at = this.locate(kid.from, kid.to);
      if (kid.name === 'Spread') {
        const name = kids[++i];
        if (name !== undefined) parameters.push({ name: this.slice(name), kind: 'rest', fallback: null, ...at });
      } else if (/^(VariableDefinition|ObjectPattern|ArrayPattern)$/.test(kid.name)) {
        const end = kids.findIndex((other, j) => j > i && other.name === ',');
        const rest = kids.slice(i + 1, end < 0 ? undefined : end);
        const equals = rest.findIndex((other) => other.name === 'Equals');
        const value = equals < 0 ? undefined : rest[equals + 1];
        const fallback = value === undefined ? null : this.lower(value);
        parameters.push(
          kid.name === 'VariableDefinition'
            ? { name: this.slice(kid), kind: 'positional', fallback, ...at }
            : { name: '', kind: 'pattern', fallback, target: this.pattern(kid), ...at }
        );
        i += rest.length;
      }
    }
    return parameters;
  }

  /** The left side of an assignment. */
  pattern(node: SyntaxNode): Expression {
    const at = this.locate(node.from, node.to);
    if (node.name === 'ArrayPattern') {
      const items = childrenOf(node)
        .filter((kid) => /^(VariableDefinition|VariableName|ObjectPattern|ArrayPattern)$/.test(kid.name))
        .map((kid) => this.pattern(kid));
      return { type: 'tuple', items, ...at };
    }
    if (node.name !== 'ObjectPattern') return this.lower(node);
    const entries = childrenOf(node)
      .filter((kid) => kid.name === 'PatternProperty')
      .flatMap((kid) => this.patternProperty(kid));
    return { type: 'pattern', entries, ...at };
  }

  private patternProperty(node: SyntaxNode): ExpressionOf<'pattern'>['entries'][number][] {
    const kids = childrenOf(node);
    const [first] = kids;
    if (first === undefined || first.name === 'Spread') return [];
    const key = this.slice(first);
    const colon = kids.findIndex((kid) => kid.name === ':');
    const equals = kids.findIndex((kid) => kid.name === 'Equals');
    const into = colon < 0 ? undefined : kids[colon + 1];
    const value = equals < 0 ? undefined : kids[equals + 1];
    const at = this.locate(first.from, first.to);
    return [
      {
        key,
        target: into === undefined ? { type: 'name', name: key, ...at } : this.pattern(into),
        fallback: value === undefined ? null : this.lower(value)
      }
    ];
  }

  private unsupported(node: SyntaxNode): Expression {
    return { type: 'unsupported', text: this.slice(node).slice(0, 60), ...this.locate(node.from, node.to) };
  }

  private slice(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }
}
