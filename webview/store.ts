/** A small observable value; components read the part they show and are drawn again when that part changes. */
import { useEffect, useState } from 'preact/hooks';

export class Store<S extends object> {
  private readonly listeners = new Set<() => void>();
  constructor(private state: S) {}

  get(): S {
    return this.state;
  }

  set(patch: Partial<S>): void {
    this.state = { ...this.state, ...patch };
    for (const listener of [...this.listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The selected part; `select` must give the same reference while nothing changed. */
export function useStore<S extends object, T>(store: Store<S>, select: (state: S) => T): T {
  const [held, setHeld] = useState<{ readonly value: T }>({ value: select(store.get()) });
  const now = select(store.get());
  useEffect(() => {
    const check = () => {
      const value = select(store.get());
      setHeld((before) => (Object.is(before.value, value) ? before : { value }));
    };
    check();
    return store.subscribe(check);
    // The selector is pure and its closure is renewed with every drawing.
  }, [store, select]);
  return Object.is(held.value, now) ? held.value : now;
}
