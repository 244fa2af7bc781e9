/** The one channel to the extension host, and what VS Code keeps for this panel over a reload. */
import type { PanelEvents, PanelRequests, PanelState } from '../src/protocol/panel';
import { Channel } from '../src/protocol/rpc';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();

export const channel = new Channel<PanelRequests, Record<string, never>, Record<string, never>, PanelEvents>({
  send: (message) => vscode.postMessage(message),
  onMessage: (receive) => window.addEventListener('message', (event) => receive(event.data))
});

/** What lives in this panel alone and is kept beside the navigation: a kernel made by hand, guesses about experiments. */
type Beside = 'ownKernel' | 'labGuesses';
const besides: readonly string[] = ['ownKernel', 'labGuesses'] satisfies readonly Beside[];

function kept(): Readonly<Record<string, unknown>> {
  const state = vscode.getState();
  return typeof state === 'object' && state !== null ? { ...state } : {};
}

/** What was kept in this very panel; the host's copy (from `ready`) is older or equal. */
export function keptState(): Partial<PanelState> {
  return Object.fromEntries(Object.entries(kept()).filter(([name]) => !besides.includes(name)));
}

export function keepState(state: PanelState): void {
  vscode.setState({ ...kept(), ...state });
}

export function keptBeside(name: Beside): unknown {
  return kept()[name];
}

export function keepBeside(name: Beside, value: unknown): void {
  vscode.setState({ ...kept(), [name]: value });
}
