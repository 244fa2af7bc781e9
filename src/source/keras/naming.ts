/** Names that Keras gives to layers without one: the class in snake case, numbered through the whole program. */
import { modernClass } from '../../core/keras/legacy';

/** How a library names what has no name of its own. */
export interface LayerNames {
  next(className: string): string;
  /** Name of the input of a Sequential that states its input shape on its first layer. */
  sequentialInput(first: string): string;
  clear(): void;
}

export class AutoNames implements LayerNames {
  private readonly used = new Map<string, number>();

  next(className: string): string {
    const stem = snakeCase(modernClass(className));
    const count = this.used.get(stem) ?? 0;
    this.used.set(stem, count + 1);
    return count === 0 ? stem : `${stem}_${count}`;
  }

  sequentialInput(): string {
    return 'input_layer';
  }

  /** `keras.backend.clear_session()` starts counting anew. */
  clear(): void {
    this.used.clear();
  }
}

/** Keras's own rule: `MaxPooling2D` is `max_pooling2d`, `ReLU` is `re_lu`. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
