/** What a learner says before an experiment starts, kept over a reload of the window beside the navigation. */
import { keepBeside, keptBeside } from '../../channel';

/** Answers by question; a question that was not answered is missing. */
export interface Guess {
  /** Id of the variant that will overfit most. */
  readonly overfit?: string;
  /** Id of the variant that reaches the target first; `never`: none does. */
  readonly first?: string;
  /** Accuracy at the end in percent, as `PercentQuestion` asks for it. */
  readonly percent?: number;
}

const field = 'labGuesses';
const keptAtMost = 20;

export function isGuess(guess: Guess): boolean {
  return Object.keys(guess).length > 0;
}

function all(): Readonly<Record<string, Guess>> {
  const kept = keptBeside(field);
  return typeof kept === 'object' && kept !== null ? (kept as Record<string, Guess>) : {};
}

/** A guess stays what it was when an experiment is resumed without one. */
export function keepGuess(experiment: string, guess: Guess): void {
  if (!isGuess(guess)) return;
  const others = Object.entries(all()).filter(([name]) => name !== experiment);
  keepBeside(field, Object.fromEntries([...others, [experiment, guess]].slice(-keptAtMost)));
}

export function guessOf(experiment: string): Guess {
  return all()[experiment] ?? {};
}
