import { describe, expect, it } from 'vitest';
import { projectResolver } from '../../../src/source/projectFiles';

const files: Readonly<Record<string, string>> = {
  '/home/project/train.py': 'train',
  '/home/project/nets/__init__.py': 'package',
  '/home/project/nets/blocks.py': 'blocks',
  '/home/project/nets/deep/unet.py': 'unet',
  '/home/project/web/model.js': 'model',
  '/home/project/web/parts/index.ts': 'parts',
  '/home/secret.py': 'secret'
};
const resolver = (document: string) =>
  projectResolver(document, { roots: ['/home/project'], read: (path) => files[path] ?? null });

describe('imports of Python', () => {
  const ask = resolver('/home/project/nets/deep/unet.py');

  it.each([
    [{ module: 'nets.blocks', level: 0, from: null }, 'blocks'],
    [{ module: 'nets', level: 0, from: null }, 'package'],
    [{ module: 'train', level: 0, from: null }, 'train'],
    [{ module: 'blocks', level: 2, from: null }, 'blocks'],
    [{ module: '', level: 2, from: null }, 'package'],
    [{ module: 'blocks', level: 1, from: '/home/project/nets/__init__.py' }, 'blocks']
  ])('lead from %j to a file of the project', (request, text) => {
    expect(ask(request)?.text).toBe(text);
  });

  it.each([
    [{ module: 'secret', level: 0, from: null }],
    [{ module: 'secret', level: 4, from: null }],
    [{ module: 'unet', level: 1, from: null }],
    [{ module: 'os', level: 0, from: null }]
  ])('lead from %j nowhere', (request) => {
    expect(ask(request)).toBeNull();
  });
});

describe('imports of JavaScript', () => {
  const ask = resolver('/home/project/web/main.ts');

  it('lead to files beside the one that asks, with or without their ending', () => {
    expect(ask({ module: './model', level: 0, from: null })?.text).toBe('model');
    expect(ask({ module: './model.js', level: 0, from: null })?.text).toBe('model');
    expect(ask({ module: './parts', level: 0, from: null })?.text).toBe('parts');
    expect(ask({ module: '../model', level: 0, from: '/home/project/web/parts/index.ts' })?.text).toBe('model');
  });

  it('never leave the project', () => {
    expect(ask({ module: '../../secret.py', level: 0, from: null })).toBeNull();
    expect(ask({ module: '../../../../../etc/passwd.js', level: 0, from: null })).toBeNull();
  });
});
