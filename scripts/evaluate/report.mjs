// The table of docs/source-evaluation.md, and what keeps definitions from being resolved.

const FRAMEWORKS = [
  ['keras', 'Keras'],
  ['pytorch', 'PyTorch'],
  ['tfjs', 'TensorFlow.js']
];
const HALVES = ['development', 'held-out'];

/** A Markdown table: one row for each framework and half, and the sums. */
export function tableText(results) {
  const rows = [];
  for (const [framework, title] of [...FRAMEWORKS, [null, '**All**']]) {
    for (const half of framework === null ? [...HALVES, null] : HALVES) {
      const some = results.filter(
        (one) => (framework === null || one.framework === framework) && (half === null || one.half === half)
      );
      rows.push([title, half ?? 'both', ...figures(some)]);
    }
  }
  const head = [
    'Framework',
    'Half',
    'Files',
    'Definitions',
    'Resolved',
    'With a value set',
    'With several',
    'Models with a truth',
    'Totals checked',
    'Shapes checked',
    'Contradictions',
    'False errors'
  ];
  return (
    [head, head.map((_, i) => (i < 2 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n') +
    '\n'
  );
}

function figures(results) {
  const definitions = results.flatMap((one) => one.definitions);
  const resolved = definitions.filter(({ state }) => state !== 'none').length;
  const answered = definitions.filter(({ state, answer }) => state === 'none' && answer?.length === 1).length;
  const several = definitions.filter(({ state, answer }) => state === 'none' && answer?.length > 1).length;
  const sum = (pick) => results.reduce((total, one) => total + (one.checked === undefined ? 0 : pick(one.checked)), 0);
  return [
    results.length,
    definitions.length,
    share(resolved, definitions.length),
    share(resolved + answered, definitions.length),
    share(resolved + answered + several, definitions.length),
    sum(({ models, printed }) => models + printed),
    sum(({ totals, printed }) => totals + printed),
    sum(({ shapes }) => shapes),
    results.reduce((total, one) => total + one.wrong.length, 0),
    results.reduce((total, one) => total + (one.falseErrors?.length ?? 0), 0)
  ].map(String);
}

const share = (part, whole) => `${part} (${whole === 0 ? '–' : Math.round((100 * part) / whole)}%)`;

/** Most frequent reasons first, of development files only: the held-out half stays unseen. */
export function reasonsText(results) {
  const seen = results.filter(({ half }) => half === 'development');
  const groups = new Map();
  for (const { framework, place, definitions } of seen) {
    for (const { name, kind, line, cell, state, answer, reasons } of definitions) {
      if (state !== 'none') continue;
      const [reason = '?'] = reasons;
      const key = `${framework}: ${reason
        .replace(/`[^`]*`|'[^']*'|"[^"]*"/g, '`…`')
        .replace(/\d+/g, 'n')
        .replace(/^\w+: /, '')}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      const at = `${cell === null ? '' : `cell ${cell} `}line ${line + 1}`;
      group.push(
        `  - ${place} ${at} ${kind} ${name}${answer === null || answer === undefined ? '' : ` (resolved by ${answer.join(', ')})`}: ${reasons.join(' | ')}`
      );
    }
  }
  const lines = [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .flatMap(([key, all]) => [`- **${all.length}** ${key}`, ...all]);
  const wrong = seen.flatMap(({ place, wrong: all }) => all.map((one) => `- ${place}: ${one}`));
  const errors = seen.flatMap(({ place, falseErrors }) => (falseErrors ?? []).map((one) => `- ${place}: ${one}`));
  const slow = seen.filter(({ ms }) => ms > 500).map(({ place, ms }) => `- ${place}: ${Math.round(ms)} ms`);
  const crashed = seen.filter(({ crash }) => crash !== undefined).map(({ place, crash }) => `- ${place}: ${crash}`);
  return `## Unresolved\n\n${lines.join('\n')}\n\n## Contradictions\n\n${wrong.join('\n')}\n\n## False errors\n\n${errors.join('\n')}\n\n## Slow (over 500 ms)\n\n${slow.join('\n')}\n\n## Crashes\n\n${crashed.join('\n')}\n`;
}
