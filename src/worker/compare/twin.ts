/** The same network with inputs of its own. */
import { prepareInput } from '../inputs';
import type { InputSource, PreparedInput } from '../../protocol/inputs';
import type { Session } from '../session';

/** Shares model, weights and engine with its original, and closes none of them. */
export async function twinOf(
  session: Session,
  id: string,
  source: InputSource
): Promise<{ readonly session: Session; readonly prepared: PreparedInput }> {
  const twin: Session = {
    ...session,
    id,
    key: `${session.key} twin ${id}`,
    opened: { ...session.opened, model: id },
    inputs: new Map(session.inputs),
    run: 0,
    twinOf: session.twinOf ?? session.id,
    ownedBy: null,
    get network() {
      return session.network;
    },
    set network(network) {
      session.network = network;
    },
    close: () => undefined
  };
  const chosen = session.inputs.get(0)?.prepared.preprocessing ?? null;
  const given = await prepareInput(twin, 0, source, chosen);
  twin.inputs.set(0, given);
  return { session: twin, prepared: given.prepared };
}
