#!/usr/bin/env node
// `npm test`: sets up what is missing and runs every layer of tests. Uses nothing but Node until the set-up is done.
//   npm test -- --only unit,host     runs the named stages alone
// The last line is "N passed, N failed, N skipped".
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { installDependencies, root, scratch } from './lib/setup.mjs';

const results = path.join(scratch, 'results');
const totals = { passed: 0, failed: 0, skipped: 0 };
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1].split(',') : null;

/** @returns what the command said, and its exit status */
function run(command, args) {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, shell: process.platform === 'win32' };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? 1), stdout, stderr });
    });
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

async function vitest() {
  const file = path.join(results, 'vitest.json');
  fs.rmSync(file, { force: true });
  const outcome = await tool(
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
  fromFile(title, target, await node(path.join(root, script)));
}

/** The VS Code server, for the stages inside it; a process of its own, since it waits while it unpacks. */
async function provisionHost() {
  const outcome = await node(path.join(root, 'tools/vscode-host/provision.mjs'));
  if (outcome.status !== 0) check('the VS Code server is set up', outcome);
}

const lint = async () => {
  check('eslint', await tool('eslint/bin/eslint.js', '.'));
  check('prettier', await tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'));
};
const types = async () => {
  // The native compiler checks in a tenth of the time; eslint's parser needs the other one.
  check('types of the program', await tool('typescript-native/bin/tsc', '--noEmit', '-p', '.'));
  check('types of the webview', await tool('typescript-native/bin/tsc', '--noEmit', '-p', 'webview'));
};
/** What is released is what the later stages run. */
const buildAll = async () => {
  check('production bundles within their budgets', await node(path.join(root, 'scripts/budgets.mjs')));
  check('the extension is packaged', await node(path.join(root, 'scripts/package.mjs'), '--built'));
};

const vscodeStage = 'set-up of VS Code';
const isWanted = (name) =>
  only === null || only.includes(name) || (name === vscodeStage && (only.includes('host') || only.includes('e2e')));

/** Groups run one after another; the lanes of a group run side by side, each keeps about one processor busy. */
const groups = [
  [
    [['lint', lint]],
    [[vscodeStage, provisionHost]],
    [
      ['types', types],
      ['build', buildAll],
      ['panel', () => inBrowser('panel with its child process', 'panel.json', 'test/panel/run.mjs')]
    ]
  ],
  [[['unit', vitest]]],
  [[['webview', () => inBrowser('webview tests', 'webview.json', 'test/webview/run.mjs')]]],
  [[['host', () => inBrowser('tests inside VS Code', 'host.json', 'test/host/run.mjs')]]],
  [[['e2e', () => inBrowser('walks through the workbench', 'e2e.json', 'test/e2e/run.mjs')]]]
];

installDependencies();
fs.mkdirSync(results, { recursive: true });
for (const group of groups) {
  const lanes = group.map((lane) => lane.filter(([name]) => isWanted(name)));
  await Promise.all(
    lanes.map(async (lane) => {
      for (const [name, stage] of lane) {
        const started = Date.now();
        await stage();
        console.log(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
      }
    })
  );
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
