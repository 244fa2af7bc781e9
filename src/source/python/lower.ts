/** Lezer's concrete Python tree to the small syntax tree: statements. */
import type { SyntaxNode } from '@lezer/common';
import { beforeInsertions, type Insertion } from '../program';
import type { Expression, ImportedName, Located, Statement } from './ast';
import { ExpressionLowering } from './lowerExpression';
import { parsePython } from './parse';

export interface LoweredProgram {
  readonly body: readonly Statement[];
  /** How many places the parser could not read. */
  readonly errors: number;
}

/**
 * Parses and lowers a Python program; never throws, what cannot be read is left out or `unsupported`.
 * @param offset is added to every place
 */
export function lowerPython(text: string, offset = 0): LoweredProgram {
  const parsed = parsePython(text);
  const lowering = new StatementLowering(parsed.text, parsed.insertions, offset);
  return { body: lowering.children(parsed.tree.topNode), errors: parsed.errors };
}

class StatementLowering {
  private readonly expressions: ExpressionLowering;

  constructor(
    private readonly text: string,
    private readonly insertions: readonly Insertion[],
    private readonly offset: number
  ) {
    this.expressions = new ExpressionLowering(text, (from, to) => this.locate(from, to));
  }

  private locate(from: number, to: number): Located {
    const { insertions, offset } = this;
    return insertions.length === 0
      ? { from: from + offset, to: to + offset }
      : { from: beforeInsertions(from, insertions) + offset, to: beforeInsertions(to, insertions) + offset };
  }

  children(node: SyntaxNode): Statement[] {
    const statements: Statement[] = [];
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === ':' || child.name === ';' || child.name === 'Comment') continue;
      statements.push(...this.statement(child));
    }
    return statements;
  }

  private body(node: SyntaxNode | null | undefined): Statement[] {
    return node === null || node === undefined ? [] : this.children(node);
  }

  private statement(node: SyntaxNode): Statement[] {
    const at = this.locate(node.from, node.to);
    const kids = childrenOf(node);
    switch (node.name) {
      case 'StatementGroup':
        return this.children(node);
      case 'ExpressionStatement': {
        const parts = kids.filter((kid) => !kid.type.isError);
        return parts.length === 0 ? [] : [{ type: 'expression', value: this.expressions.sequence(parts, node), ...at }];
      }
      case 'AssignStatement':
        return this.assign(kids, node, at);
      case 'UpdateStatement': {
        const [target, operator, ...rest] = kids;
        if (target === undefined || operator === undefined || rest.length === 0) return [];
        return [
          {
            type: 'augment',
            target: this.expressions.lower(target),
            operator: this.slice(operator).slice(0, -1),
            value: this.expressions.sequence(rest, node),
            ...at
          }
        ];
      }
      case 'ReturnStatement':
        return [
          { type: 'return', value: kids.length > 1 ? this.expressions.sequence(kids.slice(1), node) : null, ...at }
        ];
      case 'BreakStatement':
        return [{ type: 'break', ...at }];
      case 'ContinueStatement':
        return [{ type: 'continue', ...at }];
      case 'RaiseStatement':
        return [{ type: 'raise', ...at }];
      case 'DeleteStatement': {
        const value = this.expressions.sequence(kids.slice(1), node);
        return [{ type: 'delete', targets: value.type === 'tuple' ? value.items : [value], ...at }];
      }
      case 'ScopeStatement':
        return [
          {
            type: 'global',
            names: kids
              .slice(1)
              .filter((kid) => kid.name === 'VariableName')
              .map((kid) => this.slice(kid)),
            ...at
          }
        ];
      case 'ImportStatement':
        return this.importStatement(node, at);
      case 'FunctionDefinition': {
        const list = node.getChild('ParamList');
        return [
          {
            type: 'function',
            name: this.nameIn(node),
            parameters: list === null ? [] : this.expressions.parameters(list),
            body: this.body(node.getChild('Body')),
            decorators: [],
            ...at
          }
        ];
      }
      case 'ClassDefinition': {
        const list = node.getChild('ArgList');
        const bases =
          list === null
            ? []
            : this.expressions.args(list).flatMap((argument) => (argument.name === null ? [argument.value] : []));
        const body = this.body(node.getChild('Body'));
        return [{ type: 'class', name: this.nameIn(node), bases, body, decorators: [], ...at }];
      }
      case 'DecoratedStatement': {
        const decorators = node.getChildren('Decorator').map((kid) => this.slice(kid));
        return kids
          .filter((kid) => kid.name !== 'Decorator')
          .flatMap((kid) => this.statement(kid))
          .map((statement) =>
            statement.type === 'function' || statement.type === 'class' ? { ...statement, decorators } : statement
          );
      }
      case 'IfStatement':
        return this.ifStatement(kids, at);
      case 'ForStatement': {
        const into = kids.findIndex((kid) => kid.name === 'in');
        const body = kids.findIndex((kid) => kid.name === 'Body');
        const start = kids.findIndex((kid) => kid.name === 'for') + 1;
        if (into < 0) return this.body(kids[body]);
        return [
          {
            type: 'for',
            target: this.expressions.sequence(kids.slice(start, into), node),
            iterable: this.expressions.sequence(kids.slice(into + 1, body < 0 ? undefined : body), node),
            body: this.body(kids[body]),
            ...at
          }
        ];
      }
      case 'WhileStatement': {
        const test = kids[1];
        if (test === undefined) return [];
        return [{ type: 'while', test: this.expressions.lower(test), body: this.body(node.getChild('Body')), ...at }];
      }
      case 'WithStatement':
        return this.withStatement(kids, at);
      case 'TryStatement': {
        // The body is taken to succeed: what an `except` would do is not known from the text.
        const body = this.body(node.getChild('Body'));
        const last = kids.findIndex((kid) => kid.name === 'finally');
        const final = last < 0 ? [] : this.body(kids[last + 1]);
        return [{ type: 'block', body: [...body, ...final], ...at }];
      }
      default:
        return node.type.isError
          ? kids.filter((kid) => /Statement|Definition/.test(kid.name)).flatMap((kid) => this.statement(kid))
          : [];
    }
  }

  private assign(kids: readonly SyntaxNode[], node: SyntaxNode, at: Located): Statement[] {
    const groups: SyntaxNode[][] = [[]];
    for (const kid of kids) {
      if (kid.name === 'AssignOp') groups.push([]);
      else if (kid.name !== 'TypeDef' && !kid.type.isError) groups.at(-1)?.push(kid);
    }
    const parts = groups
      .filter((group) => group.length > 0)
      .map((group): Expression => this.expressions.sequence(group, node));
    const value = parts.at(-1);
    const annotated = kids.some((kid) => kid.name === 'TypeDef');
    if (annotated && parts.length === 1 && value?.type === 'name')
      return [{ type: 'declare', name: value.name, ...at }];
    if (value === undefined || parts.length < 2) return [];
    return [{ type: 'assign', targets: parts.slice(0, -1), value, ...at }];
  }

  private ifStatement(kids: readonly SyntaxNode[], at: Located): Statement[] {
    const branches: { test: Expression; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    for (let i = 0; i < kids.length; i++) {
      const word = kids[i]?.name;
      if (word === 'if' || word === 'elif') {
        const test = kids[i + 1];
        const body = kids.slice(i + 1).find((kid) => kid.name === 'Body');
        if (test !== undefined && test.name !== 'Body') {
          branches.push({ test: this.expressions.lower(test), body: this.body(body) });
        }
      } else if (word === 'else') {
        otherwise = this.body(kids[i + 1]);
      }
    }
    return branches.reduceRight<Statement[]>(
      (rest, branch) => [{ type: 'if', test: branch.test, then: branch.body, otherwise: rest, ...at }],
      otherwise
    );
  }

  private withStatement(kids: readonly SyntaxNode[], at: Located): Statement[] {
    const body: Statement[] = [];
    for (let i = 1; i < kids.length; i++) {
      const value = kids[i - 1];
      const target = kids[i + 1];
      if (kids[i]?.name === 'as' && value !== undefined && target !== undefined) {
        body.push({
          type: 'assign',
          targets: [this.expressions.lower(target)],
          value: this.expressions.lower(value),
          ...this.locate(value.from, target.to)
        });
      }
    }
    body.push(...this.body(kids.find((kid) => kid.name === 'Body')));
    return [{ type: 'block', body, ...at }];
  }

  private importStatement(node: SyntaxNode, at: Located): Statement[] {
    const text = this.slice(node)
      .replace(/#.*$/gm, '')
      .replace(/[()\\;]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    const names = (list: string): ImportedName[] =>
      list
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => {
          const [name = '', alias] = part.split(/\s+as\s+/);
          return { name: name.trim(), alias: alias?.trim() ?? null };
        });
    const from = /^from (\.*) ?([\w.]*) import (.*)$/.exec(text);
    if (from !== null) {
      const [, dots = '', module = '', list = ''] = from;
      return [{ type: 'importFrom', module, level: dots.length, names: names(list), ...at }];
    }
    const plain = /^import (.+)$/.exec(text);
    return plain === null ? [] : [{ type: 'import', modules: names(plain[1] ?? ''), ...at }];
  }

  private nameIn(node: SyntaxNode): string {
    const name = node.getChild('VariableName');
    return name === null ? '' : this.slice(name);
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
