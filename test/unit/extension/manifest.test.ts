import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands, contextKeys, editorTypes, kernelPanelType, panelType } from '../../../src/extension/names';

const root = path.resolve(__dirname, '../../..');
const text = (name: string) => readFileSync(path.join(root, name), 'utf8');

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly scope?: string;
  readonly markdownDescription?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}
interface MenuEntry {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
}
interface Manifest {
  readonly icon: string;
  readonly l10n: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: Readonly<
    Record<'untrustedWorkspaces' | 'virtualWorkspaces', { readonly supported: unknown; readonly description: string }>
  > & { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category: string;
      readonly enablement?: string;
    }[];
    readonly submenus: readonly { readonly id: string; readonly label: string; readonly icon: string }[];
    readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
    readonly customEditors: readonly {
      readonly viewType: string;
      readonly priority: string;
      readonly selector: readonly { readonly filenamePattern: string }[];
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly completionEvents: readonly string[];
        readonly media: { readonly image?: string; readonly altText?: string; readonly markdown?: string };
      }[];
    }[];
  };
}
const manifest = JSON.parse(text('package.json')) as Manifest;
const nls = JSON.parse(text('package.nls.json')) as Record<string, string>;
const { contributes } = manifest;

/** Whether a condition made of `resourceExtname =~ /…/`, `resourceFilename == …`, `||` and brackets holds for a file. */
function holds(when: string, file: string): boolean {
  return when
    .replace(/^\((.*)\)$/, '$1')
    .split(/ \|\| (?=resource)/)
    .some((term) => {
      const [, body, flags] = /^resourceExtname =~ \/(.*)\/(i?)$/.exec(term) ?? [];
      if (body !== undefined) return new RegExp(body, flags).test(path.extname(file));
      const [, pattern, ignoring] = /^resourceFilename =~ \/(.*)\/(i?)$/.exec(term) ?? [];
      if (pattern !== undefined) return new RegExp(pattern, ignoring).test(file);
      const [, name] = /^resourceFilename == (\S+)$/.exec(term) ?? [];
      if (name === undefined) throw new Error(`not understood: ${term}`);
      return name === file;
    });
}

describe('package.json', () => {
  it('wakes for what it needs only', () => {
    for (const event of manifest.activationEvents) expect(event).toMatch(/^on(Language|Notebook|WebviewPanel):/);
    for (const type of [panelType, kernelPanelType])
      expect(manifest.activationEvents).toContain(`onWebviewPanel:${type}`);
  });

  it('declares exactly the commands the code registers', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(commands).sort());
    for (const { category } of contributes.commands) expect(category).toBe('ConvLens');
  });

  it('enables commands by contexts that the code sets', () => {
    const known = new Set<string>(Object.values(contextKeys));
    const enabled = contributes.commands.filter(({ enablement }) => enablement !== undefined);
    for (const { enablement = '' } of enabled)
      for (const key of enablement.split(' || ')) expect(known, enablement).toContain(key);
    const byCommand = new Map(enabled.map(({ command, enablement }) => [command, enablement]));
    expect(byCommand.get(commands.pauseTraining)).toBe(contextKeys.trainingRunning);
    expect(byCommand.get(commands.resumeTraining)).toBe(contextKeys.trainingPaused);
    const goes = [contextKeys.trainingRunning, contextKeys.trainingPaused, contextKeys.experimentRunning].join(' || ');
    for (const name of [commands.showTraining, commands.stopTraining]) expect(byCommand.get(name)).toBe(goes);
  });

  it('offers training in the title of Python files and in the toolbar of notebooks', () => {
    for (const place of ['editor/title', 'notebook/toolbar'])
      expect((contributes.menus[place] ?? []).map(({ command }) => command)).toEqual([
        commands.inspectModel,
        commands.train
      ]);
  });

  it('hides argument-only commands from the palette', () => {
    const hidden = (contributes.menus['commandPalette'] ?? []).filter(({ when }) => when === 'false');
    expect(hidden.map(({ command }) => command)).toEqual([
      commands.inspectDefinition,
      commands.explainCheck,
      commands.turnOffCheck
    ]);
  });

  it('offers one menu that bears its name, where the name of the file fits', () => {
    expect(contributes.submenus).toHaveLength(1);
    expect(contributes.submenus[0]?.label).toBe('%menu.convlens%');
    expect(nls['menu.convlens']).toBe('ConvLens');
    for (const place of ['explorer/context', 'editor/title/context', 'editor/context']) {
      const entries = contributes.menus[place] ?? [];
      expect(entries.map(({ submenu }) => submenu)).toEqual([contributes.submenus[0]?.id]);
      for (const { when } of entries) expect(when).toMatch(/resourceExtname|resourceFilename/);
    }
  });

  it('offers in it what each kind of file can be used for', () => {
    const entries = contributes.menus[contributes.submenus[0]?.id ?? ''] ?? [];
    const offered = (file: string) =>
      entries.filter(({ when }) => holds(when ?? '', file)).map(({ command }) => command);
    const views = [commands.inspectModel, commands.showKernels, commands.showFeatureMaps, commands.train];
    const models = ['m.keras', 'm.h5', 'M.HDF5', 'm.pt', 'm.pth', 'm.th', 'm.pth.tar', 'm.safetensors'];
    for (const file of [...models, 'm.safetensors.index.json', 'model.json'])
      expect(offered(file), file).toEqual(views);
    for (const file of ['m.py', 'm.ipynb'])
      expect(offered(file), file).toEqual([commands.inspectModel, commands.train]);
    for (const file of ['m.js', 'm.ts']) expect(offered(file), file).toEqual([commands.inspectModel]);
    for (const file of ['a.png', 'a.JPG', 'a.jpeg', 'a.webp', 'a.gif', 'a.bmp', 'a.npy'])
      expect(offered(file), file).toEqual([commands.useAsInput]);
    for (const file of ['notes.md', 'package.json', 'm.keras.bak']) expect(offered(file), file).toEqual([]);
    // The menu itself stands exactly where it would not be empty.
    const [explorer] = contributes.menus['explorer/context'] ?? [];
    for (const file of ['m.keras', 'model.json', 'm.py', 'a.png', 'notes.md', 'package.json'])
      expect(holds((explorer?.when ?? '').replace('!explorerResourceIsFolder && ', ''), file), file).toBe(
        offered(file).length > 0
      );
  });

  it('opens binary models by default and model.json by choice', () => {
    const patterns = (type: string) =>
      contributes.customEditors
        .filter(({ viewType }) => viewType === type)
        .map(({ priority, selector }) => [priority, ...selector.map(({ filenamePattern }) => filenamePattern)]);
    expect(patterns(editorTypes.model)).toEqual([
      ['default', '*.keras', '*.h5', '*.hdf5', '*.pt', '*.pth', '*.th', '*.pth.tar', '*.safetensors']
    ]);
    expect(patterns(editorTypes.modelJson)).toEqual([['option', 'model.json', '*.safetensors.index.json']]);
  });

  it('describes, bounds and scopes each setting', () => {
    const settings = Object.entries(contributes.configuration.properties);
    expect(settings.map(([name]) => name).sort()).toEqual(
      [
        'checkSeverity',
        'checks',
        'engine',
        'experimentLens',
        'explanations',
        'followCursor',
        'hints',
        'idleMinutes',
        'memoryBudgetMB'
      ]
        .concat('parameterHints')
        .map((n) => `convlens.${n}`)
    );
    for (const [name, setting] of settings) {
      expect(setting.markdownDescription, name).toMatch(/^%.+%$/);
      expect(setting.scope, name).toMatch(/^(window|resource|machine-overridable)$/);
      if (setting.type === 'number' || setting.type === 'integer') {
        expect(setting.minimum, name).toBeTypeOf('number');
        expect(setting.maximum, name).toBeTypeOf('number');
      }
    }
  });

  it('works, limited and saying how, without trust and in virtual workspaces', () => {
    for (const capability of ['untrustedWorkspaces', 'virtualWorkspaces'] as const) {
      expect(manifest.capabilities[capability].supported).toBe('limited');
      expect(nls[manifest.capabilities[capability].description.replaceAll('%', '')]).toMatch(/\w{3}/);
    }
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain('convlens.engine');
  });

  it('has one walkthrough whose pictures exist and whose events name real commands', () => {
    expect(contributes.walkthroughs).toHaveLength(1);
    for (const { media, completionEvents } of contributes.walkthroughs[0]?.steps ?? []) {
      const file = media.image ?? media.markdown ?? '';
      expect(existsSync(path.join(root, file)), file).toBe(true);
      if (media.image !== undefined) expect(media.altText).toMatch(/^%/);
      for (const event of completionEvents) {
        const [kind, name] = event.split(':');
        const known: readonly string[] = kind === 'onCommand' ? Object.values(commands) : Object.values(contextKeys);
        expect(known).toContain(name);
      }
    }
    expect(existsSync(path.join(root, manifest.icon))).toBe(true);
  });

  it('has a text for every %key%, and no text without one', () => {
    const used = new Set([...text('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? ''));
    expect([...used].sort()).toEqual(Object.keys(nls).sort());
    const german = JSON.parse(text('package.nls.de.json')) as Record<string, string>;
    expect(Object.keys(german).sort()).toEqual(Object.keys(nls).sort());
  });
});

describe('translations', () => {
  const script = path.join(root, 'scripts/l10n.mjs');
  /** What the script complains about in a folder, other tools' remarks left out. */
  const complaintsIn = (folder: string) => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
      encoding: 'utf8',
      env: { ...process.env, ...(folder === root ? {} : { CONVLENS_L10N_ROOT: folder }) }
    });
    const lines = stderr.split('\n').filter((line) => /^(bundle\.|package\.|l10n\/)/.test(line));
    return { status, lines: lines.sort() };
  };

  it('hold every string of the code and of the manifest, with its placeholders, and no other', () => {
    expect(complaintsIn(root)).toEqual({ status: 0, lines: [] });
  }, 30_000);

  it('that lack a string, hold a stale one or other placeholders are refused', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'convlens-l10n-test-'));
    try {
      for (const name of ['package.nls.json', 'package.nls.de.json', 'l10n'])
        cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
      const file = path.join(folder, 'l10n/bundle.l10n.de.json');
      const german = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
      const { Kernels: _, ...rest } = german;
      writeFileSync(
        file,
        JSON.stringify({ ...rest, 'Not in the code': 'Nicht im Code', 'Saved {0}': '{1} gespeichert' })
      );
      const manifestFile = path.join(folder, 'package.nls.de.json');
      const { displayName: __, ...others } = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, string>;
      writeFileSync(manifestFile, JSON.stringify(others));
      const { status, lines } = complaintsIn(folder);
      expect(status).toBe(1);
      expect(lines).toEqual([
        'bundle.l10n.de.json has an unused entry: "Not in the code"',
        'bundle.l10n.de.json lacks "Kernels"',
        'bundle.l10n.de.json: "Saved {0}" has {0}, its translation {1}',
        'package.nls.de.json lacks "displayName"'
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});
