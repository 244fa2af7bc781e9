/** The files that a source file may import on the command line. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectResolver } from '../source/projectFiles';
import type { AnalysisOptions } from '../source/types';

/** A source file larger than this is no hand-written module. */
const largestSource = 1_000_000;

/** What a file may import: the folder the command runs in where that holds the file, else the file's own folder. */
export function projectOf(file: string): NonNullable<AnalysisOptions['resolve']> {
  const own = path.resolve(file);
  const inside = !path.relative(process.cwd(), own).startsWith('..');
  return projectResolver(slashed(own), {
    roots: [slashed(inside ? process.cwd() : path.dirname(own))],
    read: (name) => {
      try {
        return statSync(name).size > largestSource ? null : readFileSync(name, 'utf8');
      } catch {
        return null;
      }
    }
  });
}

const slashed = (name: string): string => name.split(path.sep).join('/');
