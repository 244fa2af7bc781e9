/** Small hooks of the dropout views. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Loadable } from '../../shared/useRequest';

/** The last answer that came while a newer one is asked for: sliders do not make the view flicker. */
export function useSteady<T>(now: Loadable<T>, subject: string): Loadable<T> {
  const kept = useRef<{ readonly subject: string; readonly value: T } | null>(null);
  if (now.status === 'done') kept.current = { subject, value: now.value };
  if (now.status === 'loading' && kept.current?.subject === subject)
    return { status: 'done', value: kept.current.value };
  return now;
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
