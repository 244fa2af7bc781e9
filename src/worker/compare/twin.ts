/** The same network with inputs of its own. */
import { prepareInput } from '../inputs';
import type { InputSource } from '../../protocol/requests';
import type { Session } from '../session';

/** Shares model, weights and engine with its original, and closes none of them. */
export async function twinOf(session: Session, id: string, source: InputSource): Promise<Session> {
  const twin: Session = {
    ...session,
    id,
    key: `${session.key} twin ${id}`,
    opened: { ...session.opened, model: id },
    inputs: new Map(session.inputs),
    run: 0,
    twinOf: session.twinOf ?? session.id,
    get network() {
      return session.network;
    },
    set network(network) {
      session.network = network;
    },
    close: () => undefined
  };
  const chosen = session.inputs.get(0)?.prepared.preprocessing ?? null;
  twin.inputs.set(0, await prepareInput(twin, 0, source, chosen));
  return twin;
}
