/** Source files that may define models, and the cells of Jupyter notebooks. */
import type * as vscode from 'vscode';
import { SOURCE_LANGUAGES } from '../sourceLanguages';

export const MODEL_CODE: vscode.DocumentSelector = [
  ...[...SOURCE_LANGUAGES.keys()].flatMap((language) =>
    ['file', 'untitled', 'vscode-vfs'].map((scheme) => ({ language, scheme }))
  ),
  { language: 'python', notebookType: 'jupyter-notebook' }
];
