/** Values a person sets in place of those the code does not hold, kept with the workspace for each file. */
import * as vscode from 'vscode';
import type { Literal } from '../source/overrides';
import { codeReader } from './codeReader';

const storageKey = 'convlens.values';

/** Words by name, as the person typed them. */
export type SetValues = Readonly<Record<string, string>>;

export class ValueStore {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly state: vscode.Memento) {}

  of(owner: vscode.Uri): SetValues {
    return this.all()[owner.toString()] ?? {};
  }

  /** @param text a Python literal; `null` takes the value back */
  async set(owner: vscode.Uri, name: string, text: string | null): Promise<void> {
    const { [name]: _before, ...others } = this.of(owner);
    const { [owner.toString()]: _file, ...files } = this.all();
    const values = text === null ? others : { ...others, [name]: text };
    await this.state.update(
      storageKey,
      Object.keys(values).length === 0 ? files : { ...files, [owner.toString()]: values }
    );
    this.changed.fire(owner);
  }

  /** What the analysis is given: names whose words are no literal (any more) are left out. */
  literalsOf(owner: vscode.Uri): ReadonlyMap<string, Literal> {
    return new Map(
      Object.entries(this.of(owner)).flatMap(([name, text]): [string, Literal][] => {
        const literal = codeReader().readLiteral(text);
        return literal === null ? [] : [[name, literal]];
      })
    );
  }

  private all(): Readonly<Record<string, SetValues>> {
    return this.state.get<Readonly<Record<string, SetValues>>>(storageKey) ?? {};
  }
}
