/** What the language features (lenses, hovers, hints) may ask of the rest of the extension. */
import type * as vscode from 'vscode';
import type { SourceAnalysis } from '../source/types';

export interface LanguageServices {
  readonly log: vscode.LogOutputChannel;
  readonly analyses: SourceAnalyses;
  readonly commands: {
    /** Arguments: `uri: string` of the file or notebook, `key: string` of the definition, optionally `layer: string`. */
    readonly inspectDefinition: 'convlens.inspectDefinition';
    /** Arguments: `uri: string` of the file or notebook, `key: string` of the definition. */
    readonly train: 'convlens.train';
    /** Arguments as those of `inspectDefinition`, with a layer. */
    readonly withoutThisLine: 'convlens.withoutThisLine';
    /** Arguments: `uri: string` of the file or notebook, optionally `name: string` of what is to be set. */
    readonly setValue: 'convlens.setValue';
  };
  /** Whether layers have lenses in this document. */
  experimentLens(uri: vscode.Uri): boolean;
  /**
   * The layer's kernels at a glance, pictures together at most `maxBytes` characters. Nothing where no panel holds weights of
   * that definition, or where the layer has no kernels.
   */
  kernelGlance(
    uri: vscode.Uri,
    key: string,
    layer: string,
    maxBytes: number,
    token: vscode.CancellationToken
  ): Promise<KernelGlance>;
}

export interface KernelGlance {
  /** Of the first kernels, PNG data URIs. */
  readonly pictures: readonly string[];
  /** How many filters the layer has, and how many of them have a norm below 1 % of the median. */
  readonly filters: number;
  readonly nearDead: number;
}

/** The analysis of documents, made once for each version. */
export interface SourceAnalyses {
  /** Of a Python file, or of the whole notebook a cell belongs to; `null` for other documents. */
  analysisOf(document: vscode.TextDocument): SourceAnalysis | null;
  /** Of a file or notebook by its address, open or not. */
  analysisAt(uri: vscode.Uri): Promise<SourceAnalysis | null>;
  /** The notebook's address for a cell, the document's own otherwise: what a definition is known by. */
  ownerOf(document: vscode.TextDocument): vscode.Uri;
  /** The place of a cell among all cells; `undefined` for a file. */
  cellIndexOf(document: vscode.TextDocument): number | undefined;
  /** Fires with the owner's address some hundred milliseconds after the last change. */
  readonly onDidChange: vscode.Event<vscode.Uri>;
}
