/** The open panels: found by subject, the last used one first, and counted for menus. */
import * as vscode from 'vscode';
import { contextKeys } from '../names';
import type { PanelSubject } from '../../protocol/panel';
import type { PanelController } from './controller';
import { subjectKey } from './panelState';

export class PanelRegistry implements vscode.Disposable {
  /** Last used first. */
  private order: readonly PanelController[] = [];
  private readonly added = new vscode.EventEmitter<PanelController>();
  readonly onDidAdd = this.added.event;

  get all(): readonly PanelController[] {
    return this.order;
  }

  /** The panel used last. */
  get active(): PanelController | null {
    return this.order[0] ?? null;
  }

  find(key: string): PanelController | null {
    return this.order.find((panel) => panel.key === key) ?? null;
  }

  /** All panels of one subject: a split editor has several. */
  ofSubject(subject: PanelSubject): readonly PanelController[] {
    const key = subjectKey(subject);
    return this.order.filter((panel) => panel.key === key);
  }

  add(controller: PanelController): void {
    this.order = [controller, ...this.order];
    this.announce();
    controller.panel.onDidChangeViewState(() => {
      if (controller.panel.active) this.order = [controller, ...this.order.filter((other) => other !== controller)];
    });
    controller.panel.onDidDispose(() => {
      this.order = this.order.filter((other) => other !== controller);
      controller.dispose();
      this.announce();
    });
    this.added.fire(controller);
  }

  dispose(): void {
    for (const controller of this.order) controller.dispose();
    this.order = [];
    this.added.dispose();
  }

  private announce(): void {
    void vscode.commands.executeCommand('setContext', contextKeys.panelOpen, this.order.length > 0);
  }
}
