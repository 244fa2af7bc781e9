/** Names of a module, function or class body. */
import type { Value } from './values';

export class Scope {
  names = new Map<string, Value>();
  /** Names declared `global` or `nonlocal`. */
  readonly outerNames = new Set<string>();

  constructor(readonly parent: Scope | null) {}

  get(name: string): Value | undefined {
    const found = this.names.get(name);
    return found !== undefined || this.names.has(name) ? found : this.parent?.get(name);
  }

  set(name: string, value: Value): void {
    if (this.outerNames.has(name) && this.parent !== null) this.parent.owner(name).names.set(name, value);
    else this.names.set(name, value);
  }

  private owner(name: string): Scope {
    return this.parent === null || this.names.has(name) ? this : this.parent.owner(name);
  }
}
