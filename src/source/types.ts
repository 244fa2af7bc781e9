/** What goes into and comes out of the source analysis. */
import type { Model, SourceRange } from '../core/model';
import type { Literal } from './overrides';

/** One code cell of a notebook; `index` is its place among all cells, markdown included. */
export interface CellText {
  readonly index: number;
  readonly text: string;
}

export type Language = 'python' | 'javascript';

export type SourceInput =
  | {
      readonly kind: 'file';
      readonly text: string;
      /** TypeScript and JSX are JavaScript. */
      readonly language: Language;
    }
  | { readonly kind: 'notebook'; readonly cells: readonly CellText[] };

/** Why something in the source could not be understood, in words for a person. */
export interface SourceProblem {
  readonly code: 'unresolved' | 'unsupported' | 'budget' | 'cancelled';
  readonly message: string;
  readonly range: SourceRange | null;
}

/** One model definition with what the editor needs besides the model itself. */
export interface SourceDefinition {
  /** Unique in the document: the variable's name, `name@2` for the second definition under that name. */
  readonly key: string;
  readonly model: Model;
  /** The constructor call: where the lens stands. */
  readonly range: SourceRange;
  /** By layer id, innermost last: the calls of helper functions that led to the layer's constructor. */
  readonly callSites: ReadonlyMap<string, readonly SourceRange[]>;
  /** What a person may be asked for. */
  readonly questions?: readonly SizeQuestion[] | undefined;
}

export interface SourceAnalysis {
  /** In source order; same order as `definitions`. */
  readonly models: readonly Model[];
  readonly definitions: readonly SourceDefinition[];
  readonly problems: readonly SourceProblem[];
  /** False where the budget ran out or the analysis was cancelled. */
  readonly complete: boolean;
  /** Of the names in `AnalysisOptions.set`, those that no constant and no parameter has. */
  readonly unknownNames: readonly string[];
  /** Names that `AnalysisOptions.set` could give a value, in the order they occur; empty where nothing is set. */
  readonly settableNames: readonly string[];
  /** Interpreter steps taken. */
  readonly steps: number;
}

/** What code asks for when it imports a file of its own project. */
export interface ImportRequest {
  /** `models.resnet`, or a path as JavaScript writes it: `./model`. */
  readonly module: string;
  /** Leading dots of a Python import. */
  readonly level: number;
  /** The `key` of the file that asks; `null` for the document that is analysed. */
  readonly from: string | null;
}

/** A file of the workspace. `key` is the same each time it is asked for, whatever asks. */
export interface WorkspaceFile {
  readonly key: string;
  readonly text: string;
}

/** An input size that the code does not hold and that shapes need. */
export interface SizeQuestion {
  /** The name under which `AnalysisOptions.set` takes the answer. */
  readonly name: string;
  /** In words for a person. */
  readonly reason: string;
  /** Answers that fit, as Python literals: `(3, 224, 224)`. */
  readonly offers: readonly string[];
}

export interface AnalysisOptions {
  /** Text of other files of the workspace; without it what they define is not known. Nothing outside the workspace. */
  readonly resolve?: (request: ImportRequest) => WorkspaceFile | null;
  /** Wall-clock limit in milliseconds for the interpreter; 30 by default. */
  readonly budgetMs?: number;
  /** Limit of interpreter steps; 300,000 by default. */
  readonly maxSteps?: number;
  /** Shape of the input of networks whose code does not say it, without the batch, in the network's own layout. */
  readonly inputShape?: readonly (number | null)[];
  /** Values of the module's constants and of the parameters of functions that build models, in place of the text's. */
  readonly set?: ReadonlyMap<string, Literal>;
  /** Looked at every few hundred steps. */
  readonly isCancelled?: () => boolean;
}
