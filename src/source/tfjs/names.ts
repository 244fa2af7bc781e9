/** Names that TensorFlow.js gives to layers without one: `conv2d_Conv2D1`, counted for each class by itself. */
import type { LayerNames } from '../keras/naming';

export class ScriptNames implements LayerNames {
  private readonly used = new Map<string, number>();

  next(className: string): string {
    if (className === 'Sequential') return `sequential_${this.count('sequential_')}`;
    if (className === 'Functional') return `model${this.count('model')}`;
    if (className === 'InputLayer') return `input${this.count('input')}`;
    return `${snakeCase(className)}_${className}${this.count(className)}`;
  }

  /** The input of a Sequential is named after its first layer. */
  sequentialInput(first: string): string {
    return `${first}_input`;
  }

  clear(): void {
    this.used.clear();
  }

  private count(prefix: string): number {
    const next = (this.used.get(prefix) ?? 0) + 1;
    this.used.set(prefix, next);
    return next;
  }
}

/** TensorFlow.js's own rule: digits belong to the word before them. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
