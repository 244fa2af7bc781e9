/** What a check finds: where, how bad, why, and the edits that mend it. */
import type { SourceRange } from '../core/model';
import type { Severity } from '../core/summary';
import type { CheckCode } from './codes';

/** Puts `text` in the place of a range; an empty range inserts. */
export interface Edit {
  readonly range: SourceRange;
  readonly text: string;
}

export interface Fix {
  /** What it does, as a menu shows it: "Set in_features to 576". */
  readonly title: string;
  readonly edits: readonly Edit[];
  /** The one to take where a person does not choose. */
  readonly preferred: boolean;
}

export interface Finding {
  readonly code: CheckCode;
  readonly severity: Severity;
  /** What is wrong here, one sentence with this model's numbers. */
  readonly message: string;
  /** Why it matters, for a person who meets it for the first time. */
  readonly reason: string;
  /** `null` for models that stand in no text. */
  readonly range: SourceRange | null;
  /** `LayerNode.id`, and the key of the definition it belongs to. */
  readonly layer: string | null;
  readonly definition: string;
  readonly fixes: readonly Fix[];
}

/** What a check says; `check.ts` adds code, severity and the definition. */
export interface Remark {
  readonly message: string;
  readonly reason: string;
  readonly range: SourceRange | null;
  readonly layer: string | null;
  readonly fixes?: readonly Fix[] | undefined;
  /** In place of the code's own severity: what is proven to fail is an error, what may be meant is less. */
  readonly severity?: Severity | undefined;
  /** In place of the check's own code. */
  readonly code?: CheckCode | undefined;
}
