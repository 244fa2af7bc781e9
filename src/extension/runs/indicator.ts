/**
 * What VS Code itself shows of a run: an item in the status bar while it goes, a notification with Cancel while its panel is
 * not in sight, and the context that enables the commands.
 */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { commands, contextKeys } from '../names';
import { subjectKey } from '../panel/panelState';
import type { Services } from '../services';
import { experimentText, runDetail, runShare, runText } from './statusText';

/** What a notification says of a run or an experiment. */
interface Told {
  readonly subject: PanelSubject;
  readonly title: string;
  readonly text: string;
  /** In [0, 1]. */
  readonly share: number;
  readonly cancel: () => void;
}

interface Notification {
  readonly report: (told: Told) => void;
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
      training.onDidChangeExperiment(() => this.show()),
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
    const { going, experiments } = this.services.training;
    const [latest] = going;
    if (latest !== undefined) {
      const { subject, state } = latest;
      const text = `$(${state.paused ? 'debug-pause' : 'pulse'}) ${subject.title}: ${runText(state)}`;
      const detail = [...runDetail(state), vscode.l10n.t('Click to show the panel')];
      this.showItem(text, detail.join('\n'), vscode.l10n.t('Training of {0}: {1}', subject.title, runText(state)));
    } else this.showExperiment();
    this.setContext(
      going.some(({ state }) => !state.paused),
      going.some(({ state }) => state.paused),
      experiments.length > 0
    );
    this.notify();
  }

  private showExperiment(): void {
    const [first, ...others] = this.services.training.experiments;
    if (first === undefined) {
      this.item.hide();
      return;
    }
    const { subject, state } = first;
    const words = experimentText(state);
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.isTrusted = { enabledCommands: [commands.stopTraining] };
    if (others.length > 0) tooltip.appendText(`${vscode.l10n.t('{0} more wait', others.length)}\n\n`);
    tooltip.appendText(vscode.l10n.t('Click to show the panel'));
    tooltip.appendMarkdown(`\n\n[$(debug-stop) ${vscode.l10n.t('Stop')}](command:${commands.stopTraining})`);
    this.showItem(`$(beaker) ${subject.title}: ${words}`, tooltip, `${subject.title}: ${words}`);
  }

  private showItem(text: string, tooltip: string | vscode.MarkdownString, label: string): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label, role: 'button' };
    this.item.show();
  }

  private setContext(running: boolean, paused: boolean, experiment: boolean): void {
    const now = [running, paused, experiment].join(' ');
    if (now === this.context) return;
    this.context = now;
    void vscode.commands.executeCommand('setContext', contextKeys.trainingRunning, running);
    void vscode.commands.executeCommand('setContext', contextKeys.trainingPaused, paused);
    void vscode.commands.executeCommand('setContext', contextKeys.experimentRunning, experiment);
  }

  private notify(): void {
    const hidden = new Map(
      this.told()
        .filter(({ subject }) => !this.isInSight(subject))
        .map((told) => [subjectKey(told.subject), told])
    );
    for (const [key, notification] of this.notifications) {
      if (hidden.has(key)) continue;
      this.notifications.delete(key);
      notification.close();
    }
    for (const [key, told] of hidden) {
      const open = this.notifications.get(key);
      if (open !== undefined) open.report(told);
      else this.notifications.set(key, openNotification(told));
    }
  }

  /** Of each subject the last counts: a run goes before experiments that wait for it. */
  private told(): readonly Told[] {
    const { going, experiments } = this.services.training;
    return [
      ...experiments.map(({ subject, session, state }) => ({
        subject,
        title: vscode.l10n.t('Experiment on {0}', subject.title),
        text: experimentText(state),
        share: state.overall,
        cancel: () => session.experiments.stop()
      })),
      ...going.map(({ subject, session, state }) => ({
        subject,
        title: vscode.l10n.t('Training {0}', subject.title),
        text: runText(state),
        share: runShare(state),
        cancel: () => session.stop()
      }))
    ];
  }

  private isInSight(subject: PanelSubject): boolean {
    const key = subjectKey(subject);
    return this.services.panels.all.some((panel) => panel.key === key && panel.panel.visible);
  }
}

function openNotification(first: Told): Notification {
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  let shown = 0;
  // Cancel ends what is told of when it is pressed.
  let latest = first;
  let report: (told: Told) => void = () => undefined;
  void vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, cancellable: true, title: first.title },
    (progress, token) => {
      token.onCancellationRequested(() => latest.cancel());
      report = (told) => {
        latest = told;
        const share = Math.floor(100 * told.share);
        progress.report({ message: told.text, increment: Math.max(0, share - shown) });
        shown = Math.max(shown, share);
      };
      report(first);
      return closed;
    }
  );
  return { report: (told) => report(told), close };
}
