// The arrows of docs/architecture.md, enforced: a folder may import only what stands left of it.
import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const outside = {
  vscode: { name: 'vscode', message: 'Only src/extension talks to VS Code.' },
  tensorflow: { group: ['@tensorflow/*'], message: 'Only src/engine talks to TensorFlow.js.' },
  toolkit: {
    group: ['@vscode/webview-ui-toolkit'],
    message: 'Only webview/controls.ts imports the toolkit, so that it can be replaced in one file.'
  }
};

const layers = [
  'core',
  'files',
  'readers',
  'source',
  'checks',
  'engine',
  'images',
  'data',
  'drawing',
  'training',
  'writers',
  'analyses',
  'protocol',
  'worker',
  'cli',
  'extension'
];
/** What each folder may import from its neighbours. */
const allowed = {
  core: [],
  protocol: ['core', 'engine', 'training'], // types of the engine's face only
  files: ['core'],
  readers: ['core', 'files'],
  source: ['core'],
  checks: ['core'],
  drawing: ['core'],
  images: ['core'],
  data: ['core', 'files', 'images'],
  engine: ['core'],
  training: ['core', 'engine', 'data', 'images'],
  writers: ['core', 'files'],
  analyses: ['core', 'engine', 'drawing', 'images', 'protocol'],
  worker: ['core', 'readers', 'engine', 'drawing', 'images', 'data', 'training', 'writers', 'analyses', 'protocol'],
  cli: [
    'core',
    'readers',
    'source',
    'checks',
    'engine',
    'drawing',
    'images',
    'data',
    'training',
    'writers',
    'analyses',
    'protocol'
  ],
  extension: ['core', 'source', 'checks', 'protocol']
};

function direction(folder) {
  const banned = layers.filter((other) => other !== folder && !allowed[folder].includes(other));
  const patterns = [
    {
      // The protocol names files after what they are about: `protocol/training` is no part of src/training.
      group: [...banned.flatMap((name) => [`**/${name}`, `**/${name}/*`, `**/${name}/**`]), '!**/protocol/*'],
      message: `src/${folder} must not import this: see the arrows in docs/architecture.md.`
    },
    outside.toolkit
  ];
  if (folder !== 'engine') patterns.push(outside.tensorflow);
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', { patterns, paths: folder === 'extension' ? [] : [outside.vscode] }]
    }
  };
}

export default tseslint.config(
  {
    ignores: ['dist', 'out', 'node_modules', 'tools/vscode-host/node_modules', '.convlens', 'samples', 'test/fixtures']
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
      'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error'
    }
  },
  {
    files: ['**/*.{mjs,cjs}'],
    languageOptions: { globals: globals.node },
    rules: { '@typescript-eslint/no-require-imports': 'off', '@typescript-eslint/no-dynamic-delete': 'off' }
  },
  // Functions in these files travel into the page that they drive.
  { files: ['test/{e2e,panel,webview}/**/*.mjs', 'bench/sliders.mjs'], languageOptions: { globals: globals.browser } },
  ...layers.map(direction),
  {
    files: ['webview/**/*.{ts,tsx}'],
    ignores: ['webview/controls.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [outside.vscode],
          patterns: [
            outside.tensorflow,
            outside.toolkit,
            {
              group: ['**/src/*', '!**/src/core', '!**/src/protocol'],
              message: 'The webview knows only core and protocol.'
            }
          ]
        }
      ]
    }
  }
);
