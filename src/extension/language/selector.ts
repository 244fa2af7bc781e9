/** Python files and the cells of Jupyter notebooks. */
import type * as vscode from 'vscode';

export const PYTHON: vscode.DocumentSelector = [
  { language: 'python', scheme: 'file' },
  { language: 'python', scheme: 'untitled' },
  { language: 'python', scheme: 'vscode-vfs' },
  { language: 'python', notebookType: 'jupyter-notebook' }
];
