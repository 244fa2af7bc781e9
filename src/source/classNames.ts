/** Lists of class names that the code states beside a model, and the models they fit. */
import { inferShapes } from '../core/inferShapes';
import type { Model } from '../core/model';
import { t } from '../core/texts';
import type { Expression, Located, Statement } from './python/ast';
import type { SourceDefinition } from './types';

interface NameList {
  readonly names: readonly string[];
  readonly at: Located;
}

const NAMED = /(class|label|categor)/i;

/** `class_names = ['cat', 'dog']`, or `{0: 'cat', 1: 'dog'}`, under a name that says so. */
export function statedClassNames(body: readonly Statement[]): NameList[] {
  return body.flatMap((statement) => {
    if (statement.type !== 'assign') return [];
    const [target] = statement.targets;
    if (target?.type !== 'name' || !NAMED.test(target.name)) return [];
    const names = namesIn(statement.value);
    return names === null || names.length < 2 ? [] : [{ names, at: statement }];
  });
}

function namesIn(value: Expression): string[] | null {
  if (value.type === 'list' || value.type === 'tuple') {
    const names = value.items.flatMap((item) => (item.type === 'string' ? [item.value] : []));
    return names.length === value.items.length ? names : null;
  }
  if (value.type !== 'dict') return null;
  const names = value.entries.map(({ key, value: name }, i) =>
    key?.type === 'number' && key.value === i && name.type === 'string' ? name.value : null
  );
  const known = names.filter((name) => name !== null);
  return known.length === names.length ? known : null;
}

/** Gives each model the names of its outputs where exactly one list of the document has as many. */
export function withClassNames(
  definitions: readonly SourceDefinition[],
  lists: readonly NameList[],
  lineOf: (at: Located) => number
): readonly SourceDefinition[] {
  if (lists.length === 0) return definitions;
  return definitions.map((definition) => {
    const classes = classCount(definition.model);
    const fitting = lists.filter(({ names }) => names.length === classes);
    const [list] = fitting;
    if (list === undefined || fitting.length > 1) return definition;
    const notice = {
      code: 'class-names',
      message: t('the names of the classes stand in line {0}', lineOf(list.at) + 1)
    };
    const { model } = definition;
    return { ...definition, model: { ...model, classNames: list.names, notices: [...model.notices, notice] } };
  });
}

/** Numbers in the only output of a classifier; `null` for other models. */
function classCount(model: Model): number | null {
  const [output, ...others] = inferShapes(model.root).outputs;
  return others.length > 0 || output?.length !== 2 ? null : (output[1] ?? null);
}
