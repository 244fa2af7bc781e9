/** Loads the bundle that reads code, once, and gives it this window's language. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';
import type * as codeReading from './codeReading';
import { translations } from './settings';

type CodeReading = typeof codeReading;

let loaded: CodeReading | null = null;

/** Beside the host's own bundle; two folders up from the tests' bundles. */
function bundle(): string {
  const beside = path.join(__dirname, 'codeReading.js');
  return existsSync(beside) ? beside : path.join(__dirname, '../../dist/codeReading.js');
}

export function codeReader(): CodeReading {
  if (loaded === null) {
    loaded = createRequire(__filename)(bundle()) as CodeReading;
    loaded.useTexts(translations());
    loaded.useLanguage(vscode.env.language);
  }
  return loaded;
}
