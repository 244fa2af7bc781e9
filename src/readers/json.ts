/** JSON as model files have it, read with limits. */
import { damaged, refused } from '../files/problem';
import { t } from '../core/texts';

const DEEPEST = 400;
const LARGEST = 256 * 2 ** 20;

/** Depth of brackets outside strings, found without recursion. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/** Python writes `NaN` and `Infinity`, which JSON does not have. */
function withoutPythonNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) => {
    if (token.startsWith('"')) return token;
    return token === 'NaN' ? 'null' : token.startsWith('-') ? '-1e999' : '1e999';
  });
}

/**
 * Parses text whose origin is not trusted. Read the result's fields only as own properties (`fieldOf`).
 * @param what the text's name in a message: "config.json"
 * @throws {FileProblem}
 */
export function parseJson(text: string, what: string): unknown {
  if (text.length > LARGEST) throw refused(t('{0} is larger than 256 MiB', what));
  if (depthOf(text) > DEEPEST) throw refused(t('{0} is nested more than {1} levels deep', what, DEEPEST));
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    try {
      return JSON.parse(withoutPythonNumbers(body)) as unknown;
    } catch {
      throw damaged(t('{0} is not valid JSON: it is truncated or damaged', what));
    }
  }
}
