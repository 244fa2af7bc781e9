/** JavaScript's imports: TensorFlow.js under any name, files of the same project where a resolver finds them. */
import type { Statement } from '../python/ast';
import { t } from '../../core/texts';
import { load } from '../interpreter/imports';
import type { Machine } from '../interpreter/machine';
import type { Scope } from '../interpreter/scope';
import { FileValue, PathValue, Unknown } from '../interpreter/values';
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
      const found = name === '*' ? new FileValue(file, node.module) : file.names.get(name === 'default' ? DEFAULT : name);
      scope.set(into, found ?? new Unknown(t('`{0}` is not in `{1}`', name, node.module), node));
    } else scope.set(into, new Unknown(t('`{0}` comes from `{1}`, which is not read', into, node.module), node));
  }
}

/** Under which name a file's `export default` stands in its scope. */
export const DEFAULT = 'export default';
