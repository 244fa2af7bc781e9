#!/usr/bin/env node
// `npm test`: sets up what is missing and runs every layer of tests. Uses nothing but Node until the set-up is done.
//   npm test -- --only unit,host     runs the named stages alone
// The last line is "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { installDependencies, root, scratch } from './lib/setup.mjs';

const results = path.join(scratch, 'results');
const totals = { passed: 0, failed: 0, skipped: 0 };
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1].split(',') : null;

function run(command, args) {
  return spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32'
  });
}
const node = (...args) => run(process.execPath, args);
const tool = (name, ...args) => node(path.join(root, 'node_modules', name), ...args);

function report(outcome) {
  if (outcome.skipped) {
    totals.skipped += 1;
    console.log(`  skipped ${outcome.title}${outcome.reason ? `: ${outcome.reason}` : ''}`);
  } else if (outcome.ok) {
    totals.passed += 1;
  } else {
    totals.failed += 1;
    console.log(`  FAILED  ${outcome.title}\n${String(outcome.err ?? '').replace(/^/gm, '          ')}`);
  }
}

/** A stage that is one check: a tool that ends with 0 or prints what is wrong. */
function check(title, outcome) {
  report({ title, ok: outcome.status === 0, err: `${outcome.stdout}\n${outcome.stderr}`.trim().slice(-6000) });
}

/** A stage whose runner leaves `{results: [{title, ok, skipped?, reason?, err?}]}` in a file. */
function fromFile(title, file, outcome) {
  if (!fs.existsSync(file)) {
    report({ title, ok: false, err: `the tests did not run\n${`${outcome.stdout}\n${outcome.stderr}`.slice(-4000)}` });
    return;
  }
  const list = JSON.parse(fs.readFileSync(file, 'utf8')).results;
  if (list.length === 0) report({ title, ok: false, err: 'no test was found' });
  for (const outcomeOfOne of list) report(outcomeOfOne);
}

function vitest() {
  const file = path.join(results, 'vitest.json');
  fs.rmSync(file, { force: true });
  const outcome = tool(
    'vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`
  );
  // Tests say on standard output why they skip.
  for (const line of outcome.stdout.split('\n')) if (/^skipped: /.test(line.trim())) console.log(`  ${line.trim()}`);
  if (!fs.existsSync(file)) {
    report({ title: 'unit tests', ok: false, err: `${outcome.stdout}\n${outcome.stderr}`.slice(-4000) });
    return;
  }
  for (const suite of JSON.parse(fs.readFileSync(file, 'utf8')).testResults) {
    if (suite.status === 'failed' && suite.assertionResults.length === 0) {
      report({ title: path.relative(root, suite.name), ok: false, err: suite.message });
    }
    for (const test of suite.assertionResults) {
      const skipped = test.status === 'pending' || test.status === 'skipped' || test.status === 'todo';
      report({ title: test.fullName, ok: test.status === 'passed', skipped, err: test.failureMessages.join('\n') });
    }
  }
}

async function inBrowser(title, file, script) {
  const { findChromium, missingChromium } = await import('../tools/vscode-host/chromium.mjs');
  if (!findChromium()) {
    report({ title, skipped: true, reason: missingChromium });
    return;
  }
  const target = path.join(results, file);
  fs.rmSync(target, { force: true });
  fromFile(title, target, node(path.join(root, script)));
}

async function provisionHost() {
  const { provision } = await import('../tools/vscode-host/provision.mjs');
  provision();
}

const stages = [
  [
    'lint',
    () => {
      check('eslint', tool('eslint/bin/eslint.js', '.'));
      check('prettier', tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'));
    }
  ],
  [
    'types',
    () => {
      check('types of the program', tool('typescript/bin/tsc', '--noEmit', '-p', '.'));
      check('types of the webview', tool('typescript/bin/tsc', '--noEmit', '-p', 'webview'));
    }
  ],
  [
    'build',
    () => {
      check('production bundles within their budgets', node(path.join(root, 'scripts/budgets.mjs')));
      check('build', node(path.join(root, 'scripts/build.mjs')));
    }
  ],
  ['unit', vitest],
  ['webview', () => inBrowser('webview tests', 'webview.json', 'test/webview/run.mjs')],
  ['panel', () => inBrowser('panel with its child process', 'panel.json', 'test/panel/run.mjs')],
  [
    'host',
    async () => {
      await provisionHost();
      await inBrowser('tests inside VS Code', 'host.json', 'test/host/run.mjs');
    }
  ],
  [
    'e2e',
    async () => {
      await provisionHost();
      await inBrowser('walks through the workbench', 'e2e.json', 'test/e2e/run.mjs');
    }
  ]
];

installDependencies();
fs.mkdirSync(results, { recursive: true });
for (const [name, stage] of stages) {
  if (only && !only.includes(name)) continue;
  const started = Date.now();
  const before = { ...totals };
  console.log(`${name}...`);
  await stage();
  const ran = totals.passed - before.passed;
  console.log(`  ${ran} passed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
