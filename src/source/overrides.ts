/**
 * Values a person sets from outside in place of those in the text: of a constant of the module, or of a parameter of a
 * function that builds a model. Everything else (layers, imports, variables of functions) keeps its value.
 */
import { evaluate } from './interpreter/evaluate';
import type { Machine } from './interpreter/machine';
import { DictValue, isPrimitive, ListValue, Unknown, type Value } from './interpreter/values';
import { Scope } from './interpreter/scope';
import type { Expression, FunctionStatement } from './python/ast';
import { lowerPython } from './python/lower';

/** A Python literal: a number, a string, `True`, `False`, `None`, or a tuple or list of these. */
export type Literal = Expression;

/** The literal a text spells; `null` where it is anything else (a name, a call, a bracket left open). */
export function readLiteral(text: string): Literal | null {
  const { body, errors } = lowerPython(text);
  const [statement] = body;
  if (errors > 0 || body.length !== 1 || statement?.type !== 'expression') return null;
  // An editor's half-typed code is repaired before it is read; what is set from outside has to be whole.
  return isLiteral(statement.value) && isClosed(text) ? statement.value : null;
}

function isLiteral(node: Expression): boolean {
  switch (node.type) {
    case 'number':
    case 'string':
    case 'constant':
      return true;
    case 'unary':
      return (node.operator === '-' || node.operator === '+') && node.operand.type === 'number';
    case 'tuple':
    case 'list':
      return node.items.every(isLiteral);
    default:
      return false;
  }
}

/** Whether every bracket and quote that is opened is closed again. */
function isClosed(text: string): boolean {
  const code = text.replace(/'''[\s\S]*?'''|"""[\s\S]*?"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, '');
  const count = (pattern: RegExp): number => code.match(pattern)?.length ?? 0;
  return !/['"]/.test(code) && count(/\(/g) === count(/\)/g) && count(/\[/g) === count(/\]/g);
}

export class Overrides {
  /** Names that took a value. */
  readonly used = new Set<string>();
  /** Names that could take one. */
  readonly known = new Set<string>();

  constructor(
    private readonly literals: ReadonlyMap<string, Literal>,
    private readonly buildsModel: (definition: FunctionStatement) => boolean
  ) {}

  /** What the module's name is given instead of `value`; layers, functions and other things of code stay. */
  constant(machine: Machine, name: string, value: Value): Value {
    const plain =
      isPrimitive(value) || value instanceof ListValue || value instanceof DictValue || value instanceof Unknown;
    const taken = plain ? this.take(machine, name) : undefined;
    return taken === undefined ? value : taken;
  }

  /** What the parameter is given whatever the call says; `undefined` leaves it to the call. */
  parameter(machine: Machine, definition: FunctionStatement, name: string): Value | undefined {
    return this.buildsModel(definition) ? this.take(machine, name) : undefined;
  }

  /** The shape of a network's input that the code leaves open. */
  inputShape(machine: Machine, name: string): Value | undefined {
    return this.take(machine, name);
  }

  private take(machine: Machine, name: string): Value | undefined {
    this.known.add(name);
    const literal = this.literals.get(name);
    if (literal === undefined) return undefined;
    this.used.add(name);
    return evaluate(machine, literal, new Scope(null));
  }
}
