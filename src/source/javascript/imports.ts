/** JavaScript's imports: TensorFlow.js under any name, files of the same project where a resolver finds them. */
import type { Located, Statement } from '../python/ast';
import { t } from '../../core/texts';
import { load } from '../interpreter/imports';
import type { Machine } from '../interpreter/machine';
import { Scope } from '../interpreter/scope';
import { DictValue, FileValue, PathValue, Unknown, type Value } from '../interpreter/values';
import { TENSORFLOW } from './globals';

const PACKAGE = /^@tensorflow\/tfjs(-\w+)*(\/|$)|\/tf(js)?(\.es\d+)?(\.min)?\.js$|\/@tensorflow\/tfjs/;

/** `import * as tf`, `import tf`, `import { model as m }`: `name` is `*`, `default` or the exported name. */
export function importFromScript(
  machine: Machine,
  node: Extract<Statement, { type: 'importFrom' }>,
  scope: Scope
): void {
  const isTensorFlow = PACKAGE.test(node.module);
  const file = isTensorFlow || !/^[./]/.test(node.module) ? null : load(machine, node.module, 0, node);
  for (const { name, alias } of node.names) {
    const into = alias ?? name;
    if (isTensorFlow) {
      const whole = name === '*' || name === 'default';
      scope.set(into, new PathValue(whole ? TENSORFLOW : `${TENSORFLOW}.${name}`));
    } else if (file !== null) {
      const found =
        name === '*' ? new FileValue(file, node.module) : file.names.get(name === 'default' ? DEFAULT : name);
      scope.set(into, found ?? new Unknown(t('`{0}` is not in `{1}`', name, node.module), node));
    } else scope.set(into, new Unknown(t('`{0}` comes from `{1}`, which is not read', into, node.module), node));
  }
}

/** `require(…)`: a file's `module.exports`, or all its names where it exports the modern way. */
export function required(machine: Machine, module: string, at: Located): Value {
  if (PACKAGE.test(module)) return new PathValue(TENSORFLOW);
  const file = /^[./]/.test(module) ? load(machine, module, 0, at) : null;
  if (file === null) return new Unknown(t('`{0}` is not read', module), at);
  const holder = file.get('module');
  const exports = holder instanceof DictValue ? holder.entries.get('exports') : undefined;
  const isEmpty = exports instanceof DictValue && exports.entries.size === 0;
  return exports === undefined || isEmpty ? new FileValue(file, module) : exports;
}

/** The scope of a script: what it hangs on `exports` is what others get of it. */
export function scriptModule(): Scope {
  const scope = new Scope(null);
  const exports = new DictValue(new Map());
  scope.set('exports', exports);
  scope.set('module', new DictValue(new Map<string, Value>([['exports', exports]])));
  return scope;
}

/** Under which name a file's `export default` stands in its scope. */
export const DEFAULT = 'export default';
