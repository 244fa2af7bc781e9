/**
 * What reads code: the analysis and its checks. A bundle of its own, which `codeReader` loads when code is first looked at:
 * a window that only shows model files goes without it.
 */
export { useLanguage } from '../core/numbers';
export { useTexts } from '../core/texts';
export { check, severitiesOf } from '../checks/check';
export { SourceText } from '../checks/sourceText';
export { analyzeSource } from '../source/analyze';
export { readLiteral } from '../source/overrides';
export { projectResolver } from '../source/projectFiles';
