/**
 * A small syntax tree that the interpreter runs, independent of the parser. Offsets are into the program's text. The
 * node types are those that Python and JavaScript share, so that a second language needs only a second lowering.
 */
export interface Located {
  readonly from: number;
  readonly to: number;
}

export interface Argument extends Located {
  /** Keyword, or `null` for a positional argument. */
  readonly name: string | null;
  /** `*` and `**` unpack the value. */
  readonly unpack: '' | '*' | '**';
  readonly value: Expression;
}

export interface Parameter extends Located {
  readonly name: string;
  readonly kind: 'positional' | 'keywordOnly' | 'rest' | 'keywords' | 'pattern';
  readonly fallback: Expression | null;
  /** Of a `pattern` (JavaScript): what the argument is taken apart into. */
  readonly target?: Expression | undefined;
}

export interface ComprehensionClause {
  readonly target: Expression;
  readonly iterable: Expression;
  readonly conditions: readonly Expression[];
}

export type Expression = Located &
  (
    | { readonly type: 'number'; readonly value: number; readonly isFloat: boolean }
    | { readonly type: 'string'; readonly value: string }
    | { readonly type: 'constant'; readonly value: boolean | null }
    | { readonly type: 'format'; readonly parts: readonly Expression[] }
    | { readonly type: 'name'; readonly name: string }
    | { readonly type: 'attribute'; readonly object: Expression; readonly name: string }
    | { readonly type: 'index'; readonly object: Expression; readonly index: Expression }
    | {
        readonly type: 'slice';
        readonly start: Expression | null;
        readonly stop: Expression | null;
        readonly step: Expression | null;
      }
    | { readonly type: 'call'; readonly callee: Expression; readonly args: readonly Argument[] }
    | { readonly type: 'list' | 'tuple' | 'set'; readonly items: readonly Expression[] }
    | {
        readonly type: 'dict';
        /** A `null` key unpacks the value (`**other`). */
        readonly entries: readonly { readonly key: Expression | null; readonly value: Expression }[];
      }
    | { readonly type: 'unary'; readonly operator: string; readonly operand: Expression }
    | { readonly type: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
    | {
        readonly type: 'logical';
        /** `??` takes the right side where the left one is null. */
        readonly operator: 'and' | 'or' | '??';
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly type: 'compare';
        readonly first: Expression;
        readonly rest: readonly { readonly operator: string; readonly value: Expression }[];
      }
    | {
        readonly type: 'conditional';
        readonly test: Expression;
        readonly then: Expression;
        readonly otherwise: Expression;
      }
    | { readonly type: 'lambda'; readonly parameters: readonly Parameter[]; readonly body: Expression }
    | {
        readonly type: 'comprehension';
        readonly result: 'list' | 'dict';
        readonly key: Expression | null;
        readonly element: Expression;
        readonly clauses: readonly ComprehensionClause[];
      }
    | { readonly type: 'starred'; readonly value: Expression }
    /** An assignment that is an expression: `:=`, and JavaScript's `=`. */
    | { readonly type: 'named'; readonly target: Expression; readonly value: Expression }
    /** A function with statements in it, as an expression (JavaScript). */
    | { readonly type: 'function'; readonly definition: FunctionStatement }
    /** JavaScript's `{ a, b: c = 1 }` on the left of an assignment. */
    | {
        readonly type: 'pattern';
        readonly entries: readonly {
          readonly key: string;
          readonly target: Expression;
          readonly fallback: Expression | null;
        }[];
      }
    | { readonly type: 'unsupported'; readonly text: string }
  );

export type ExpressionOf<T extends Expression['type']> = Extract<Expression, { readonly type: T }>;

export interface ImportedName {
  readonly name: string;
  readonly alias: string | null;
}

export interface FunctionStatement extends Located {
  readonly type: 'function';
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly decorators: readonly string[];
  /** JavaScript: `this` of the place where it stands, not of the call. */
  readonly isArrow?: boolean | undefined;
}

export interface ClassStatement extends Located {
  readonly type: 'class';
  readonly name: string;
  readonly bases: readonly Expression[];
  readonly body: readonly Statement[];
  readonly decorators: readonly string[];
}

export type Statement =
  | FunctionStatement
  | ClassStatement
  | (Located &
      (
        | { readonly type: 'expression'; readonly value: Expression }
        | {
            readonly type: 'assign';
            readonly targets: readonly Expression[];
            readonly value: Expression;
            /** The names are new here (`let`, `const`); where missing, the language's own rule holds. */
            readonly declares?: boolean | undefined;
          }
        /** An annotation without a value, `width: int`: a field of a dataclass. */
        | { readonly type: 'declare'; readonly name: string }
        | {
            readonly type: 'augment';
            readonly target: Expression;
            readonly operator: string;
            readonly value: Expression;
          }
        | { readonly type: 'return'; readonly value: Expression | null }
        | { readonly type: 'break' | 'continue' | 'raise' }
        | { readonly type: 'delete'; readonly targets: readonly Expression[] }
        | { readonly type: 'global'; readonly names: readonly string[] }
        | { readonly type: 'import'; readonly modules: readonly ImportedName[] }
        | {
            readonly type: 'importFrom';
            readonly module: string;
            /** Leading dots; 1 for JavaScript's own files. */
            readonly level: number;
            /** `*` imports everything. */
            readonly names: readonly ImportedName[];
          }
        | {
            readonly type: 'if';
            readonly test: Expression;
            readonly then: readonly Statement[];
            readonly otherwise: readonly Statement[];
          }
        | {
            readonly type: 'for';
            readonly target: Expression;
            readonly iterable: Expression;
            readonly body: readonly Statement[];
          }
        | {
            readonly type: 'while';
            readonly test: Expression;
            readonly body: readonly Statement[];
            /** Runs after each round, `continue` or not: the last part of `for (;;)`. */
            readonly update?: readonly Statement[] | undefined;
          }
        | { readonly type: 'block'; readonly body: readonly Statement[] }
      ));
