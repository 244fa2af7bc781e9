/** Models that JavaScript and TypeScript files define with TensorFlow.js. */
import type { AnalysisOptions, SourceAnalysis } from '../types';

export function analyzeScript(text: string, options: AnalysisOptions): SourceAnalysis {
  throw new Error(text + String(options.budgetMs));
}
