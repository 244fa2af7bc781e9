import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { compactViews } from '../../../src/extension/panel/compact';
import { contentSecurityPolicy, escapeHtml, panelPage } from '../../../src/extension/panel/html';
import { droppedPath, safeFileName } from '../../../src/extension/panel/inputFiles';
import { readPanelState, readSubject, subjectKey } from '../../../src/extension/panel/panelState';
import { passedOn } from '../../../src/extension/panel/passedOn';
import { StateStore } from '../../../src/extension/panel/stateStore';
import { enlarge, pngDataUri, withinBudget } from '../../../src/extension/pictures';
import { bounded, engineFor } from '../../../src/extension/settingValues';
import { shardNames } from '../../../src/extension/shardNames';
import type { PanelState } from '../../../src/protocol/panel';

const state: PanelState = {
  view: 'maps',
  effect: 'dropout',
  layer: 'conv2d',
  channel: 3,
  filter: 'conv',
  listMode: 'table',
  folded: ['encoder'],
  colormap: 'gray',
  scale: 'each',
  input: { kind: 'sample', id: 'digit-7' },
  beside: { kind: 'picture', source: { kind: 'file', path: '/a/b.png' } }
};

describe('the page', () => {
  const policy = contentSecurityPolicy('https://*.vscode-cdn.net', 'abc');

  it('allows its own style and one script, and nothing unsafe', () => {
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      'img-src https://*.vscode-cdn.net data: blob:',
      'style-src https://*.vscode-cdn.net',
      'font-src https://*.vscode-cdn.net',
      "script-src 'nonce-abc'"
    ]);
    expect(policy).not.toMatch(/unsafe|connect-src|\*(?!\.)/);
  });

  it('escapes what comes from outside', () => {
    const page = panelPage({
      cspSource: 'https://x',
      nonce: 'n',
      scriptUri: 's.js?a&b',
      styleUri: 's.css',
      language: 'en',
      title: '<img src=x onerror="alert(1)">'
    });
    expect(page).toContain('<title>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</title>');
    expect(page).toContain('src="s.js?a&amp;b"');
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('<div id="app"></div>');
    expect(escapeHtml('a & b')).toBe('a &amp; b');
  });
});

describe('kept state', () => {
  it('comes back as it was', () => {
    expect(readPanelState(structuredClone(state))).toEqual(state);
  });

  it('drops what is not well formed, field by field', () => {
    expect(
      readPanelState({
        ...state,
        view: 'hack',
        effect: 'hack',
        channel: -1,
        folded: ['a', 5],
        input: { kind: 'file' },
        beside: { kind: 'picture', source: { kind: 'file' } }
      })
    ).toEqual({
      layer: 'conv2d',
      filter: 'conv',
      listMode: 'table',
      folded: ['a'],
      colormap: 'gray',
      scale: 'each'
    });
    for (const junk of [null, undefined, 5, 'x', []]) expect(readPanelState(junk)).toEqual({});
    expect(readPanelState({ beside: { kind: 'model', path: '/etc/passwd' } })).toEqual({ beside: { kind: 'model' } });
    expect(readPanelState({ beside: null })).toEqual({ beside: null });
  });

  it('reads subjects and gives each one key', () => {
    const file = { kind: 'file', path: '/a/m.keras', title: 'm.keras' } as const;
    const source = { kind: 'source', uri: 'file:///a/n.py', modelName: 'model@2', title: 'n.py: model@2' } as const;
    expect(readSubject({ ...file, extra: 1 })).toEqual(file);
    expect(readSubject(source)).toEqual(source);
    for (const junk of [null, {}, { kind: 'file', title: 'x' }, { kind: 'source', title: 'x', uri: 'u' }])
      expect(readSubject(junk)).toBeNull();
    expect(subjectKey(file)).not.toBe(subjectKey(source));
  });

  it('forgets the oldest and survives foreign entries', async () => {
    const values = new Map<string, unknown>([['convlens.panelStates', ['junk', [1, 2], ['a', { view: 'kernels' }]]]]);
    const store = new StateStore({
      keys: () => [...values.keys()],
      get: (key: string) => values.get(key),
      update: (key: string, value: unknown) => {
        values.set(key, structuredClone(value));
        return Promise.resolve();
      }
    } as ConstructorParameters<typeof StateStore>[0]);
    expect(store.load('a')).toEqual({ view: 'kernels' });
    await store.save('b', state);
    expect(store.load('b')).toEqual(state);
    for (let i = 0; i < 100; i++) await store.save(`k${String(i)}`, state);
    expect(store.load('b')).toEqual({});
    expect(store.load('k99')).toEqual(state);

    const subject = { kind: 'source', uri: 'file:///n.py', modelName: 'm', title: 'n.py: m' } as const;
    await store.noteSidePanel('ConvLens: m', subject);
    expect(store.subjectOfSidePanel('ConvLens: m', () => false)).toEqual(subject);
    expect(store.subjectOfSidePanel('ConvLens: m', () => true)).toBeNull();
    expect(store.subjectOfSidePanel('ConvLens: other', () => false)).toBeNull();

    await store.noteCompared('k99', subject);
    await store.noteCompared('k98', { kind: 'file', path: '/b.h5', title: 'b.h5' });
    expect(store.compared('k99')).toEqual(subject);
    await store.noteCompared('k99', null);
    expect(store.compared('k99')).toBeNull();
    expect(store.compared('k98')).toMatchObject({ path: '/b.h5' });
    expect(store.load('k99')).toEqual(state);
  });
});

describe('messages to the webview', () => {
  it('are as large as what they say', () => {
    const pool = new ArrayBuffer(1000);
    const message = {
      type: 'result',
      value: {
        tiles: [{ rgba: new Uint8Array(pool, 100, 8).fill(7) }],
        values: new Float32Array(pool, 200, 2).fill(1.5)
      }
    };
    const compact = compactViews(message);
    expect(compact).toEqual({
      type: 'result',
      value: { tiles: [{ rgba: new Uint8Array(8).fill(7) }], values: Float32Array.of(1.5, 1.5) }
    });
    const { value } = compact as typeof message;
    expect(value.tiles[0]?.rgba.buffer.byteLength).toBe(8);
    expect(value.values.buffer.byteLength).toBe(8);
  });

  it('turn a Buffer into what a webview knows, and leave whole arrays alone', () => {
    const plain = compactViews(Buffer.from([1, 2]));
    expect(Buffer.isBuffer(plain)).toBe(false);
    expect(plain).toEqual(Uint8Array.of(1, 2));
    const whole = Float32Array.of(1);
    expect(compactViews(whole)).toBe(whole);
    expect(compactViews([null, 'a', 1])).toEqual([null, 'a', 1]);
  });

  it('never let the webview open or close files by itself', () => {
    expect(passedOn.has('run')).toBe(true);
    for (const name of ['openModel', 'openDefinition', 'closeModel', 'constructor', '__proto__'])
      expect(passedOn.has(name)).toBe(false);
  });
});

describe('names that cross a border', () => {
  it('drops: files that can be an input, nothing else', () => {
    expect(droppedPath(' file:///a/7.PNG ')).toBe('file:///a/7.PNG');
    expect(droppedPath('vscode-remote://host/a/x.npy')).toBe('vscode-remote://host/a/x.npy');
    for (const other of ['http://a/7.png', 'file:///a/run.sh', '', 'data:image/png;base64,xx'])
      expect(droppedPath(other)).toBeNull();
  });

  it('pictures: no folders, no empty names', () => {
    expect(safeFileName('conv2d_1/kernels', 'png')).toBe('conv2d_1-kernels.png');
    expect(safeFileName('../../etc/x', 'svg')).toBe('etc-x.svg');
    expect(safeFileName('***', 'csv')).toBe('convlens.csv');
    expect(safeFileName('größe 3', 'npy')).toBe('größe 3.npy');
  });

  it('shards: plain names beside the manifest', () => {
    const manifest = (paths: unknown) => JSON.stringify({ weightsManifest: [{ paths }] });
    expect(shardNames(manifest(['a.bin', 'b.bin']))).toEqual(['a.bin', 'b.bin']);
    expect(shardNames(manifest(['../a.bin', '/etc/passwd', 'c:\\x', '..', 5, 'ok.bin']))).toEqual(['ok.bin']);
    expect(shardNames(manifest(Array.from({ length: 5000 }, (_, i) => `${String(i)}.bin`)))).toHaveLength(1000);
    for (const junk of ['', '{', '[]', '{"weightsManifest":{}}', '{"weightsManifest":[null]}'])
      expect(shardNames(junk)).toEqual([]);
  });
});

describe('settings', () => {
  it('keeps numbers within bounds', () => {
    expect(bounded(3, 1, 10, 5)).toBe(3);
    expect(bounded(0, 1, 10, 5)).toBe(1);
    expect(bounded(99, 1, 10, 5)).toBe(10);
    for (const junk of ['3', null, NaN, undefined]) expect(bounded(junk, 1, 10, 5)).toBe(5);
  });

  it('loads no native code in a workspace that is not trusted', () => {
    expect(engineFor('tfjs-node', false)).toBe('wasm');
    expect(engineFor('auto', false)).toBe('wasm');
    expect(engineFor('tfjs-node', true)).toBe('tfjs-node');
    expect(engineFor('evil', true)).toBe('auto');
  });
});

describe('pictures for the hover', () => {
  const pixels = { width: 2, height: 1, rgba: Uint8Array.of(255, 0, 0, 255, 0, 0, 255, 255) };

  it('enlarges by whole factors', () => {
    const { width, height, rgba } = enlarge(pixels, 2);
    expect([width, height]).toEqual([4, 2]);
    expect([...rgba.subarray(0, 8)]).toEqual([255, 0, 0, 255, 255, 0, 0, 255]);
    expect([...rgba.subarray(8, 12)]).toEqual([0, 0, 255, 255]);
  });

  it('makes a PNG that reads back', () => {
    const uri = pngDataUri(pixels);
    const prefix = 'data:image/png;base64,';
    expect(uri.startsWith(prefix)).toBe(true);
    const image = decode(Buffer.from(uri.slice(prefix.length), 'base64'));
    expect([image.width, image.height]).toEqual([36, 18]);
    expect([...image.data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
  });

  it('stays within the budget', () => {
    expect(withinBudget(['aaaa', 'bbbb', 'cccc'], 9)).toEqual(['aaaa', 'bbbb']);
  });
});
