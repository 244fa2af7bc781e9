/** The editor's languages in which models are defined, as the analysis knows them. */
import type { Language } from '../source/types';

export const SOURCE_LANGUAGES: ReadonlyMap<string, Language> = new Map<string, Language>([
  ['python', 'python'],
  ['javascript', 'javascript'],
  ['javascriptreact', 'javascript'],
  ['typescript', 'javascript'],
  ['typescriptreact', 'javascript']
]);
