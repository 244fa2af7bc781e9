/** Names of a module, function or class body. */
import type { Value } from './values';

export class Scope {
  names = new Map<string, Value>();
  /** Names declared `global` or `nonlocal`. */
  readonly outerNames = new Set<string>();

  constructor(
    readonly parent: Scope | null,
    /** A class body: its names are not seen by the functions in it. */
    readonly isClass = false
  ) {}

  get(name: string): Value | undefined {
    const found = this.names.get(name);
    return found !== undefined || this.names.has(name) ? found : this.parent?.get(name);
  }

  set(name: string, value: Value): void {
    if (this.outerNames.has(name) && this.parent !== null) this.parent.owner(name).names.set(name, value);
    else this.names.set(name, value);
  }

  /** JavaScript's plain assignment: to the scope that declares the name. */
  setWhereDeclared(name: string, value: Value): void {
    this.owner(name).names.set(name, value);
  }

  /** Where functions made here look for names. */
  get closure(): Scope {
    return this.isClass && this.parent !== null ? this.parent : this;
  }

  private owner(name: string): Scope {
    return this.parent === null || this.names.has(name) ? this : this.parent.owner(name);
  }
}
