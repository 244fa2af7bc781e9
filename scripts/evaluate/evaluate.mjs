// What the source analysis resolves of public code, and whether anything it says contradicts the truth:
// `node scripts/evaluate/evaluate.mjs OUT [TREE]`. Reads files.tsv, OUT/repos, OUT/definitions.json and OUT/truth (where there);
// writes OUT/results.json, OUT/reasons.md (development files only) and OUT/table.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadAnalysis } from './analysis.mjs';
import { contradictions } from './compare.mjs';
import { scriptDefinitions } from './definitions.mjs';
import { reasonsText, tableText } from './report.mjs';

const [out, tree = path.join(import.meta.dirname, '../..')] = process.argv.slice(2).map((name) => path.resolve(name));
if (out === undefined) {
  console.error(
    'Give the folder that sample.py and definitions.py wrote: node scripts/evaluate/evaluate.mjs OUT [TREE]'
  );
  process.exit(2);
}
mkdirSync(path.join(out, 'bundle'), { recursive: true });
const analyze = await loadAnalysis(tree, path.join(out, 'bundle'));
const inPython = JSON.parse(readFileSync(path.join(out, 'definitions.json'), 'utf8'));
const files = readFileSync(path.join(import.meta.dirname, 'files.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1);

/** What a person would answer, by what the name says; the first that resolves the definition counts. */
function answersFor(name) {
  const low = name.toLowerCase();
  if (/shape|dims?$|input_size|img_size|image_size|target_size|resolution/.test(low))
    return ['(64, 64, 3)', '(3, 64, 64)', '64', '(64, 64)', '(64, 64, 1)'];
  if (/class|label|categor|out(put)?(s|_?dim|_?size|_?features)?$/.test(low)) return ['10'];
  if (/channel|depth|in_?(planes|ch|dim)|bands/.test(low)) return ['3', '1'];
  if (/size|width|height|rows|cols|row|col|^h$|^w$|dim|^s$/.test(low)) return ['64'];
  if (/block|layers|cfg|config|repeat/.test(low)) return ['[2, 2, 2, 2]', '2'];
  if (/act/.test(low)) return ["'relu'"];
  if (/drop|rate|momentum|alpha|eps|^lr$/.test(low)) return ['0.5'];
  if (/kernel|filter|units|hidden|feature|nf|n_|num_|width_mult|ch|groups|stride/.test(low)) return ['32', '3', '1'];
  return ['10', '3', '64', 'True'];
}

/** @returns `full`: total and shapes; `total`: the total only; `none` */
function stateOf(found, framework, text) {
  if (found.length === 0 || found.some(({ total }) => total === null)) return 'none';
  if (found.some(({ errors }) => errors.length > 0)) return 'full';
  // A size that the code itself leaves open is known to be open.
  const open = OPEN_SIZE.test(text);
  const known = (shape) => shape !== null && (open || shape.slice(1).every((size) => size !== null));
  if (found.every(({ layers }) => layers.every(({ shape }) => known(shape)))) return 'full';
  return framework === 'pytorch' ? 'total' : 'none';
}

const OPEN_SIZE = /(shape\s*[=:]\s*|Input\s*\(\s*)[([]\s*(None|null)\s*,/;

const inside = (place, { cell, line, end }) => place.cell === cell && place.line >= line && place.line <= end;

/** The models the analysis gives for a definition: at its place, or made of the layers in its class, or holding it. */
function modelsOf(definition, analysis) {
  const at = analysis.definitions.filter((one) => inside(one.place, definition));
  if (at.length > 0) return at;
  if (definition.kind === 'class') {
    return analysis.definitions.filter(
      (one) => one.name === definition.name || one.sources.some((source) => inside(source, definition))
    );
  }
  // A model inside another is a layer of that one; PyTorch's Sequential has no row of its own, its layers have.
  return analysis.definitions.filter((one) =>
    one.sources.some(
      (source) =>
        inside(source, definition) &&
        (one.framework === 'pytorch' || /^(Sequential|Functional|Model)$/.test(source.type))
    )
  );
}

function reasonsOf(definition, found, analysis) {
  const notes = [...new Set(found.filter(({ total }) => total === null).flatMap(({ notes: all }) => all))].slice(0, 4);
  if (notes.length > 0) return notes;
  const near = analysis.problems.filter(({ line, cell }) => line !== null && inside({ line, cell }, definition));
  const all = near.length > 0 ? near : analysis.problems.slice(0, 2);
  if (all.length > 0) return all.map(({ message }) => message);
  if (found.length === 0) return [analysis.complete ? 'nothing was found here' : 'cut short'];
  return found.flatMap(({ notes: own }) => own.slice(0, 2)).concat('a shape is not known');
}

/** Shapes a person might state where the code gives none, without the batch. */
const SHAPES = {
  pytorch: [
    [3, 64, 64],
    [3, 224, 224],
    [1, 28, 28]
  ],
  other: [
    [64, 64, 3],
    [28, 28, 1],
    [224, 224, 3]
  ]
};
/** Values a person gives one definition at most. */
const MOST_VALUES = 4;

/** What resolves a definition: the shape of its input, one value by name, or several that its own reasons name. */
function withValue(definition, framework, file, root, text, found) {
  const resolves = (again) => {
    const models = modelsOf(definition, again);
    return stateOf(models, framework, text) !== 'none' && models.every(({ errors }) => errors.length === 0);
  };
  for (const shape of SHAPES[framework] ?? SHAPES.other) {
    if (resolves(analyze(file, root, {}, shape))) return [`input shape ${JSON.stringify(shape)}`];
  }
  const known = analyze(file, root, { convlens_no_such_name: '0' });
  const settable = new Set(['input_shape', ...known.settable]);
  const given = {};
  let reasons = reasonsOf(definition, found, known);
  while (Object.keys(given).length < MOST_VALUES) {
    const named = reasons.flatMap((reason) => [...reason.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const names = [...new Set([...named, ...settable])].filter((name) => settable.has(name) && !(name in given));
    for (const name of names.slice(0, 30)) {
      for (const value of answersFor(name)) {
        if (resolves(analyze(file, root, { ...given, [name]: value })))
          return [...entriesOf(given), `${name}=${value}`];
      }
    }
    const next = named.find((name) => settable.has(name) && !(name in given));
    if (next === undefined) return null;
    given[next] = answersFor(next)[0];
    const again = analyze(file, root, given);
    reasons = reasonsOf(definition, modelsOf(definition, again), again);
  }
  return null;
}

const entriesOf = (given) => Object.entries(given).map(([name, value]) => `${name}=${value}`);

const results = [];
for (const row of files) {
  const [framework, half, place] = row.split('\t');
  const [repository] = place.split('@');
  const root = path.join(out, 'repos', repository.replace('/', '+'));
  const file = path.join(root, place.slice(place.indexOf(':') + 1));
  const text = readFileSync(file, 'utf8');
  const definitions = framework === 'tfjs' ? scriptDefinitions(file, text) : (inPython[place] ?? []);
  let analysis;
  try {
    analysis = analyze(file, root);
  } catch (error) {
    results.push({
      framework,
      half,
      place,
      crash: String(error),
      definitions: definitions.map((one) => ({ ...one, state: 'none', reasons: [`crash: ${error}`] })),
      wrong: []
    });
    continue;
  }
  const judged = definitions.map((definition) => {
    const found = modelsOf(definition, analysis);
    const state = stateOf(found, framework, text);
    if (state !== 'none') return { ...definition, state, models: found.length };
    const answer = withValue(definition, framework, file, root, text, found);
    return {
      ...definition,
      state,
      answer,
      reasons: reasonsOf(definition, found, analysis)
    };
  });
  const truthFile = path.join(out, 'truth', `${place.replace(/[/:]/g, '+')}.json`);
  const truth = existsSync(truthFile) ? JSON.parse(readFileSync(truthFile, 'utf8')) : null;
  const checked = contradictions({ framework, file, root, definitions, analysis, truth, analyze, modelsOf });
  results.push({
    framework,
    half,
    place,
    ms: analysis.ms,
    complete: analysis.complete,
    definitions: judged,
    ...checked
  });
}
writeFileSync(path.join(out, 'results.json'), JSON.stringify(results, null, 1));
writeFileSync(path.join(out, 'reasons.md'), reasonsText(results));
const table = tableText(results);
writeFileSync(path.join(out, 'table.md'), table);
console.log(table);
