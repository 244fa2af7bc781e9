/** Hooks that keep a view still while it is being changed. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Loadable } from './useRequest';

export interface Steady<T> {
  readonly shown: Loadable<T>;
  /** The newer answer that is being computed while an older one is shown. */
  readonly busy: Extract<Loadable<T>, { status: 'loading' }> | null;
}

/** The last answer that came while a newer one is asked for: sliders do not make the view flicker. */
export function useSteady<T>(now: Loadable<T>, subject: string): Steady<T> {
  const kept = useRef<{ readonly subject: string; readonly value: T } | null>(null);
  if (now.status === 'done') kept.current = { subject, value: now.value };
  if (now.status === 'loading' && kept.current?.subject === subject)
    return { shown: { status: 'done', value: kept.current.value }, busy: now };
  return { shown: now, busy: null };
}

/**
 * Follows a slider as closely as its answers come: asks at once where nothing is asked; while an answer is awaited, for the
 * newest value as soon as that answer is there, or in its place once the slider has rested.
 *
 * @param busy whether an answer is awaited
 * @param rest milliseconds
 * @param ask sets what is asked
 */
export function useFollowing<T>(value: T, busy: boolean, rest: number, ask: (value: T) => void): void {
  useLayoutEffect(() => {
    if (!busy) {
      ask(value);
      return undefined;
    }
    const timer = setTimeout(() => ask(value), rest);
    return () => clearTimeout(timer);
  }, [value, busy]);
}

/** The value once it has rested: dragging asks for the newest only. */
export function useResting<T>(value: T, delay: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return rested;
}
