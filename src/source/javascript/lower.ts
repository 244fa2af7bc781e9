/** Lezer's concrete JavaScript and TypeScript tree to the small syntax tree: statements, functions and classes. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/javascript';
import type { Expression, FunctionStatement, ImportedName, Located, Parameter, Statement } from '../python/ast';
import { RecentTrees } from '../recentTrees';
import { DEFAULT } from './imports';
import { ScriptExpressions } from './lowerExpression';

export interface LoweredScript {
  readonly body: readonly Statement[];
  /** How many places the parser could not read. */
  readonly errors: number;
}

/**
 * Parses and lowers a program; never throws, what cannot be read is left out or `unsupported`.
 * @param offset is added to every place
 */
export function lowerScript(text: string, offset = 0): LoweredScript {
  const plain = parse(text, TYPESCRIPT);
  // Casts in angle brackets and JSX exclude each other: whichever reads with fewer errors is meant.
  const best =
    plain.errors === 0 ? plain : [plain, parse(text, WITH_JSX)].reduce((a, b) => (b.errors < a.errors ? b : a));
  return { body: new ScriptLowering(text, offset).children(best.tree.topNode), errors: best.errors };
}

const TYPESCRIPT = new RecentTrees(parser.configure({ dialect: 'ts' }));
const WITH_JSX = new RecentTrees(parser.configure({ dialect: 'ts jsx' }));

function parse(text: string, trees: RecentTrees): { tree: Tree; errors: number } {
  const tree = trees.parse(text);
  let errors = 0;
  tree.iterate({
    enter(node) {
      if (node.type.isError) errors++;
    }
  });
  return { tree, errors };
}

export class ScriptLowering {
  private readonly expressions: ScriptExpressions;

  constructor(
    private readonly text: string,
    private readonly offset: number
  ) {
    this.expressions = new ScriptExpressions(text, offset, this);
  }

  private locate(node: SyntaxNode): Located {
    return { from: node.from + this.offset, to: node.to + this.offset };
  }

  children(node: SyntaxNode): Statement[] {
    return childrenOf(node)
      .filter((kid) => kid.name !== '{' && kid.name !== '}')
      .flatMap((kid) => this.statement(kid));
  }

  /** The statements of a block, or the only one. */
  block(node: SyntaxNode | null | undefined): Statement[] {
    if (node === null || node === undefined) return [];
    return node.name === 'Block' ? this.children(node) : this.statement(node);
  }

  private statement(node: SyntaxNode): Statement[] {
    const at = this.locate(node);
    const kids = childrenOf(node).filter((kid) => kid.name !== ';');
    const [first, second] = kids;
    switch (node.name) {
      case 'ExpressionStatement':
        return first === undefined ? [] : [this.expressionStatement(this.expressions.lower(first), at)];
      case 'VariableDeclaration':
        return this.variables(kids, at);
      case 'FunctionDeclaration': {
        const name = node.getChild('VariableDefinition');
        return [{ ...this.functionOf(node, name === null ? DEFAULT : this.slice(name)), ...at }];
      }
      case 'ClassDeclaration':
      case 'ClassExpression':
        return [this.classOf(node)];
      case 'ExportDeclaration':
        return this.exported(node, kids, at);
      case 'ImportDeclaration':
        return this.imported(node, kids, at);
      case 'ReturnStatement':
        return [{ type: 'return', value: second === undefined ? null : this.expressions.lower(second), ...at }];
      case 'ThrowStatement':
        return [{ type: 'raise', ...at }];
      case 'BreakStatement':
        return [{ type: 'break', ...at }];
      case 'ContinueStatement':
        return [{ type: 'continue', ...at }];
      case 'IfStatement': {
        const otherwise = kids.findIndex((kid) => kid.name === 'else');
        if (second === undefined) return [];
        return [
          {
            type: 'if',
            test: this.expressions.lower(second),
            then: this.block(kids[2]),
            otherwise: otherwise < 0 ? [] : this.block(kids[otherwise + 1]),
            ...at
          }
        ];
      }
      case 'ForStatement':
        return this.forStatement(kids, at);
      case 'WhileStatement':
        return second === undefined
          ? []
          : [{ type: 'while', test: this.expressions.lower(second), body: this.block(kids.at(-1)), ...at }];
      case 'DoStatement': {
        const body = this.block(kids[1]);
        const test = kids.find((kid) => kid.name === 'ParenthesizedExpression');
        if (test === undefined) return body;
        return [...body, { type: 'while', test: this.expressions.lower(test), body, ...at }];
      }
      case 'TryStatement': {
        // The block is taken to succeed: what `catch` would do is not known from the text.
        const body = kids.find((kid) => kid.name === 'Block');
        const last = node.getChild('FinallyClause')?.getChild('Block');
        return [{ type: 'block', body: [...this.block(body), ...this.block(last)], ...at }];
      }
      case 'SwitchStatement':
        return this.switchStatement(kids, at);
      case 'Block':
        return [{ type: 'block', body: this.children(node), ...at }];
      case 'LabeledStatement':
        return this.block(kids.at(-1));
      default:
        return node.type.isError
          ? kids.filter((kid) => /Statement|Declaration/.test(kid.name)).flatMap((kid) => this.statement(kid))
          : [];
    }
  }

  private expressionStatement(value: Expression, at: Located): Statement {
    if (value.type === 'named') return { type: 'assign', targets: [value.target], value: value.value, ...at };
    return { type: 'expression', value, ...at };
  }

  private variables(kids: readonly SyntaxNode[], at: Located): Statement[] {
    const statements: Statement[] = [];
    for (let i = 1; i < kids.length; i++) {
      const target = kids[i];
      if (target === undefined || !/^(VariableDefinition|ObjectPattern|ArrayPattern)$/.test(target.name)) continue;
      const equals = kids.findIndex((kid, j) => j > i && (kid.name === 'Equals' || kid.name === ','));
      const value = equals > 0 && kids[equals]?.name === 'Equals' ? kids[equals + 1] : undefined;
      statements.push({
        type: 'assign',
        targets: [this.expressions.pattern(target)],
        value: value === undefined ? { type: 'constant', value: null, ...at } : this.expressions.lower(value),
        declares: true,
        ...at
      });
    }
    return statements;
  }

  /** The function of a declaration, expression, arrow or method. */
  functionOf(node: SyntaxNode, name: string, isMethod = false): FunctionStatement {
    const list = node.getChild('ParamList');
    const own = list === null ? [] : this.expressions.parameters(list);
    const self: Parameter = { name: 'this', kind: 'positional', fallback: null, ...this.locate(node) };
    const body = node.lastChild;
    const isArrow = node.name === 'ArrowFunction';
    const single = isArrow && body !== null && body.name !== 'Block' ? body : null;
    // `x => …` has its only parameter without brackets.
    const bare = list === null && isArrow ? node.getChild('VariableDefinition') : null;
    const parameters: Parameter[] =
      bare === null ? own : [{ name: this.slice(bare), kind: 'positional', fallback: null, ...this.locate(bare) }];
    return {
      type: 'function',
      name,
      parameters: isMethod ? [self, ...parameters] : parameters,
      body:
        single === null
          ? this.block(node.getChild('Block'))
          : [{ type: 'return', value: this.expressions.lower(single), ...this.locate(single) }],
      decorators: [],
      isArrow,
      ...this.locate(node)
    };
  }

  classOf(node: SyntaxNode): Extract<Statement, { type: 'class' }> {
    const kids = childrenOf(node);
    const name = node.getChild('VariableDefinition');
    const base = kids.findIndex((kid) => kid.name === 'extends');
    const above = base < 0 ? undefined : kids[base + 1];
    const members = childrenOf(node.getChild('ClassBody') ?? node).flatMap((kid) => this.member(kid));
    return {
      type: 'class',
      name: name === null ? 'class' : this.slice(name),
      bases: above === undefined ? [] : [this.expressions.lower(above)],
      body: members,
      decorators: [],
      ...this.locate(node)
    };
  }

  private member(node: SyntaxNode): Statement[] {
    const kids = childrenOf(node);
    const named = kids.find((kid) => /^(PropertyDefinition|PrivatePropertyDefinition|PropertyName)$/.test(kid.name));
    if (named === undefined) return [];
    const name = this.slice(named);
    if (node.name === 'MethodDeclaration') {
      const isStatic = kids.some((kid) => kid.name === 'static');
      const isGetter = kids.some((kid) => kid.name === 'get');
      const made = this.functionOf(node, name === 'constructor' ? '__init__' : name, !isStatic);
      return [{ ...made, decorators: isStatic ? ['@staticmethod'] : isGetter ? ['@property'] : [] }];
    }
    const equals = kids.findIndex((kid) => kid.name === 'Equals');
    const value = equals < 0 ? undefined : kids[equals + 1];
    if (node.name !== 'PropertyDeclaration' || value === undefined) return [];
    const target: Expression = { type: 'name', name, ...this.locate(named) };
    return [
      { type: 'assign', targets: [target], value: this.expressions.lower(value), declares: true, ...this.locate(node) }
    ];
  }

  private exported(node: SyntaxNode, kids: readonly SyntaxNode[], at: Located): Statement[] {
    const declaration = kids.find((kid) => /Declaration$/.test(kid.name));
    const isDefault = kids.some((kid) => kid.name === 'default');
    if (declaration !== undefined) {
      const made = this.statement(declaration);
      const [first] = made;
      const name = first !== undefined && (first.type === 'function' || first.type === 'class') ? first.name : null;
      return isDefault && name !== null && name !== DEFAULT
        ? [...made, this.alias(DEFAULT, { type: 'name', name, ...at }, at)]
        : made;
    }
    const value = kids.at(-1);
    if (isDefault && value !== undefined) return [this.alias(DEFAULT, this.expressions.lower(value), at)];
    const group = node.getChild('ExportGroup');
    // `export { a as b }`: the file's names are all there already.
    return group === null
      ? []
      : this.namesIn(group).flatMap(({ name, alias }) =>
          alias === null ? [] : [this.alias(alias === 'default' ? DEFAULT : alias, { type: 'name', name, ...at }, at)]
        );
  }

  private alias(name: string, value: Expression, at: Located): Statement {
    return { type: 'assign', targets: [{ type: 'name', name, ...at }], value, declares: true, ...at };
  }

  private imported(node: SyntaxNode, kids: readonly SyntaxNode[], at: Located): Statement[] {
    const from = node.getChild('String');
    const module = from === null ? '' : this.slice(from).slice(1, -1);
    const star = kids.some((kid) => kid.name === 'Star');
    const whole = kids
      .filter((kid) => kid.name === 'VariableDefinition')
      .map((kid): ImportedName => ({ name: star ? '*' : 'default', alias: this.slice(kid) }));
    const group = node.getChild('ImportGroup');
    const names = [...whole, ...(group === null ? [] : this.namesIn(group))];
    return names.length === 0 ? [] : [{ type: 'importFrom', module, level: 0, names, ...at }];
  }

  private namesIn(group: SyntaxNode): ImportedName[] {
    return this.slice(group)
      .replace(/[{}]|\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
      .split(',')
      .map((part) => part.replace(/^\s*type\s+/, '').trim())
      .filter((part) => part !== '')
      .map((part) => {
        const [name = '', alias] = part.split(/\s+as\s+/);
        return { name: name.trim(), alias: alias?.trim() ?? null };
      });
  }

  private forStatement(kids: readonly SyntaxNode[], at: Located): Statement[] {
    const spec = kids.find((kid) => /^For\w*Spec$/.test(kid.name));
    const body = this.block(kids.at(-1));
    if (spec === undefined) return body;
    const parts = childrenOf(spec).filter((kid) => !/^([()]|const|let|var)$/.test(kid.name));
    const word = parts.findIndex((kid) => kid.name === 'of' || kid.name === 'in');
    if (word > 0) {
      const target = parts[word - 1];
      const iterable = parts[word + 1];
      if (target === undefined || iterable === undefined) return body;
      return [
        {
          type: 'for',
          target: this.expressions.pattern(target),
          iterable: this.expressions.lower(iterable),
          body,
          ...at
        }
      ];
    }
    return this.countedLoop(spec, body, at);
  }

  /** `for (let i = 0; i < n; i++)`. */
  private countedLoop(spec: SyntaxNode, body: readonly Statement[], at: Located): Statement[] {
    const parts = childrenOf(spec).filter((kid) => kid.name !== '(' && kid.name !== ')');
    const groups: SyntaxNode[][] = [[]];
    for (const part of parts) {
      if (part.name === 'VariableDeclaration') {
        groups.at(-1)?.push(part);
        groups.push([]);
      } else if (part.name === ';') groups.push([]);
      else groups.at(-1)?.push(part);
    }
    const [start = [], test = [], update = []] = groups;
    const begin = start.flatMap((part) =>
      part.name === 'VariableDeclaration'
        ? this.statement(part)
        : [this.expressionStatement(this.expressions.lower(part), at)]
    );
    const [condition] = test;
    return [
      ...begin,
      {
        type: 'while',
        test: condition === undefined ? { type: 'constant', value: true, ...at } : this.expressions.lower(condition),
        body,
        update: update.map((part) => this.expressionStatement(this.expressions.lower(part), at)),
        ...at
      }
    ];
  }

  /** Cases as a chain of conditions; falling through joins the tests of empty cases. */
  private switchStatement(kids: readonly SyntaxNode[], at: Located): Statement[] {
    const subject = kids[1];
    const body = kids.find((kid) => kid.name === 'SwitchBody');
    if (subject === undefined || body === undefined) return [];
    const value = this.expressions.lower(subject);
    const cases: { tests: Expression[] | null; body: Statement[] }[] = [];
    for (const kid of childrenOf(body)) {
      const last = cases.at(-1);
      if (kid.name === 'CaseLabel') {
        const [, test] = childrenOf(kid);
        const label: Expression =
          test === undefined ? { type: 'constant', value: null, ...at } : this.expressions.lower(test);
        if (last !== undefined && last.body.length === 0 && last.tests !== null) last.tests.push(label);
        else cases.push({ tests: [label], body: [] });
      } else if (kid.name === 'DefaultLabel') cases.push({ tests: null, body: [] });
      else if (kid.name !== 'BreakStatement') last?.body.push(...this.statement(kid));
    }
    const otherwise = cases.find((one) => one.tests === null)?.body ?? [];
    return cases.reduceRight<Statement[]>((rest, one) => {
      if (one.tests === null) return rest;
      const tests = one.tests.map((label): Expression => ({
        type: 'compare',
        first: value,
        rest: [{ operator: '==', value: label }],
        ...at
      }));
      const test = tests.reduce((left, right): Expression => ({ type: 'logical', operator: 'or', left, right, ...at }));
      return [{ type: 'if', test, then: one.body, otherwise: rest, ...at }];
    }, otherwise);
  }

  private slice(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const kids: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (!child.name.endsWith('Comment')) kids.push(child);
  }
  return kids;
}
