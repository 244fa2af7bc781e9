/** Calls of the document's own functions after the program has been followed: what a schedule answers for an epoch… */
import { t } from '../../core/texts';
import { callFunction } from './calls';
import { Stopped, type Machine } from './machine';
import { Unknown, type Args, type FunctionValue, type Value } from './values';

/**
 * @param isCut whether the program itself could not be followed to its end
 * @returns a call's value; what costs too much stays unknown, and the rest stands
 */
export function following(machine: Machine, isCut: boolean): (callee: FunctionValue, args: Args) => Value {
  const tooLong = () => new Unknown(t('the analysis took too long and was cut short'));
  return (callee, args) => {
    if (isCut) return tooLong();
    try {
      return callFunction(machine, callee, args, callee.definition);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      machine.unwind();
      return tooLong();
    }
  };
}
