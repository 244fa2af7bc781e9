/**
 * What VS Code itself shows of a run: an item in the status bar while it goes, a notification with Cancel while its panel is
 * not in sight, and the context that enables the commands.
 */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { commands, contextKeys } from '../names';
import { subjectKey } from '../panel/panelState';
import type { Services } from '../services';
import type { RunState } from './session';
import { runDetail, runShare, runText } from './statusText';

interface Notification {
  readonly report: (state: RunState) => void;
  readonly close: () => void;
}

export class TrainingIndicator implements vscode.Disposable {
  readonly item = vscode.window.createStatusBarItem('convlens.training', vscode.StatusBarAlignment.Left, 10);
  private readonly subscriptions: vscode.Disposable[] = [this.item];
  /** By subject: only of runs whose panel is hidden or closed. */
  private readonly notifications = new Map<string, Notification>();
  private context = '';

  constructor(private readonly services: Services) {
    const { training, panels } = services;
    this.item.name = vscode.l10n.t('ConvLens: training');
    this.item.command = commands.showTraining;
    this.subscriptions.push(
      training.onDidChange(() => this.show()),
      panels.onDidAdd(({ panel }) => {
        // VS Code drops both listeners with the panel.
        panel.onDidChangeViewState(() => this.show());
        panel.onDidDispose(() => this.show());
        this.show();
      })
    );
  }

  /** Whether a notification stands for a subject, for the tests. */
  isNotified(subject: PanelSubject): boolean {
    return this.notifications.has(subjectKey(subject));
  }

  dispose(): void {
    for (const { close } of this.notifications.values()) close();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private show(): void {
    const { going } = this.services.training;
    const [latest] = going;
    if (latest === undefined) this.item.hide();
    else {
      const { subject, state } = latest;
      this.item.text = `$(${state.paused ? 'debug-pause' : 'pulse'}) ${subject.title}: ${runText(state)}`;
      const detail = [...runDetail(state), vscode.l10n.t('Click to show the panel')];
      this.item.tooltip = detail.join('\n');
      this.item.accessibilityInformation = {
        label: vscode.l10n.t('Training of {0}: {1}', subject.title, runText(state)),
        role: 'button'
      };
      this.item.show();
    }
    this.setContext(
      going.some(({ state }) => !state.paused),
      going.some(({ state }) => state.paused)
    );
    this.notify();
  }

  private setContext(running: boolean, paused: boolean): void {
    const now = `${String(running)} ${String(paused)}`;
    if (now === this.context) return;
    this.context = now;
    void vscode.commands.executeCommand('setContext', contextKeys.trainingRunning, running);
    void vscode.commands.executeCommand('setContext', contextKeys.trainingPaused, paused);
  }

  private notify(): void {
    const hidden = new Map(
      this.services.training.going
        .filter(({ subject }) => !this.isInSight(subject))
        .map((entry) => [subjectKey(entry.subject), entry])
    );
    for (const [key, notification] of this.notifications) {
      if (hidden.has(key)) continue;
      this.notifications.delete(key);
      notification.close();
    }
    for (const [key, { subject, session, state }] of hidden) {
      const open = this.notifications.get(key);
      if (open !== undefined) open.report(state);
      else
        this.notifications.set(
          key,
          openNotification(subject, state, () => session.stop())
        );
    }
  }

  private isInSight(subject: PanelSubject): boolean {
    const key = subjectKey(subject);
    return this.services.panels.all.some((panel) => panel.key === key && panel.panel.visible);
  }
}

function openNotification(subject: PanelSubject, first: RunState, cancel: () => void): Notification {
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  let shown = 0;
  let report: (state: RunState) => void = () => undefined;
  void vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: vscode.l10n.t('Training {0}', subject.title)
    },
    (progress, token) => {
      token.onCancellationRequested(cancel);
      report = (state) => {
        const share = Math.floor(100 * runShare(state));
        progress.report({ message: runText(state), increment: Math.max(0, share - shown) });
        shown = Math.max(shown, share);
      };
      report(first);
      return closed;
    }
  );
  return { report: (state) => report(state), close };
}
