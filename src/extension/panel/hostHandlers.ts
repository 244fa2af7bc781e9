/** What the webview asks and only the host can do: dialogs, clipboard, saving, revealing code, settings. */
import * as vscode from 'vscode';
import type { HostRequests } from '../../protocol/panel';
import type { Handlers } from '../../protocol/rpc';
import { configurationSection } from '../names';
import { revealSource } from '../revealSource';
import type { Services } from '../services';
import type { SubjectAccess } from './subject';
import { droppedPath, inputExtensions } from './inputFiles';
import { chooseWeights } from '../weights/choose';
import { pickTrainingData } from '../runs/pickData';

type Answered = Required<
  Pick<
    Handlers<HostRequests>,
    | 'revealSource'
    | 'pickInput'
    | 'pickFolder'
    | 'pickTrainingData'
    | 'pickLabels'
    | 'loadWeights'
    | 'resolveDrop'
    | 'copyText'
    | 'reopenWith'
    | 'openSettings'
  >
>;

export function hostHandlers(services: Services, access: SubjectAccess): Answered {
  return {
    revealSource: async ({ range }) => {
      if (access.subject.kind === 'source') await revealSource(access.uri, range);
      return null;
    },
    pickInput: () =>
      pickFile(access, vscode.l10n.t('Use as Input'), {
        [vscode.l10n.t('Images and NumPy arrays')]: [...inputExtensions]
      }),
    pickFolder: async () => {
      const chosen = await vscode.window.showOpenDialog({
        canSelectFiles: false,
        canSelectFolders: true,
        openLabel: vscode.l10n.t('Use These Pictures')
      });
      return chosen?.[0] === undefined ? null : { path: chosen[0].fsPath };
    },
    pickTrainingData: ({ kind }) => pickTrainingData(access, kind),
    pickLabels: () =>
      pickFile(access, vscode.l10n.t('Use as Class Names'), {
        [vscode.l10n.t('Class names')]: ['txt', 'json', 'csv']
      }),
    loadWeights: async () => {
      await chooseWeights(services, access.subject);
      return null;
    },
    resolveDrop: ({ uris }) => Promise.resolve(resolveDrop(uris)),
    copyText: async ({ text }) => {
      await vscode.env.clipboard.writeText(text);
      return null;
    },
    reopenWith: async () => {
      await vscode.commands.executeCommand('workbench.action.reopenWithEditor');
      return null;
    },
    openSettings: async ({ query }) => {
      const section = query === '' ? configurationSection : query;
      await vscode.commands.executeCommand('workbench.action.openSettings', section);
      services.log.debug(`settings opened at ${section}`);
      return null;
    }
  };
}

async function pickFile(
  access: SubjectAccess,
  openLabel: string,
  filters: Record<string, string[]>
): Promise<{ readonly path: string } | null> {
  const folder = vscode.workspace.getWorkspaceFolder(access.uri)?.uri ?? folderOf(access.uri);
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    openLabel,
    filters,
    ...(folder === undefined ? {} : { defaultUri: folder })
  });
  const uri = chosen?.[0];
  return uri === undefined ? null : { path: uri.fsPath };
}

function folderOf(uri: vscode.Uri): vscode.Uri | undefined {
  return uri.scheme === 'file' ? vscode.Uri.joinPath(uri, '..') : undefined;
}

function resolveDrop(uris: readonly string[]): { readonly path: string } | null {
  for (const text of uris) {
    const dropped = droppedPath(text);
    if (dropped !== null) return { path: vscode.Uri.parse(dropped).fsPath };
  }
  return null;
}
