/** What each method is called, shows, and should be looked at for. */
import type { AttributionMethod } from '../../src/protocol/why';
import { t } from '../l10n';

export interface MethodWords {
  readonly name: string;
  readonly see: string;
  readonly look: string;
}

export function methodWords(method: AttributionMethod): MethodWords {
  switch (method) {
    case 'gradCam':
      return {
        name: 'Grad-CAM',
        see: t(
          'The maps of one layer, each weighted by how much the class grows with it, added up; only what speaks for the class is kept.'
        ),
        look: t('Whether the bright places lie on the object: light beside it means the network uses something else.')
      };
    case 'gradCamPlus':
      return {
        name: 'Grad-CAM++',
        see: t('As Grad-CAM, but places where a map pushes the class up count more, so that several objects all show.'),
        look: t('Objects that Grad-CAM leaves dark, and whether both maps agree on the rest.')
      };
    case 'saliency':
      return {
        name: t('Saliency'),
        see: t('How fast the class changes with each pixel, whichever way: the size of its gradient.'),
        look: t('Outlines of the object; scattered points mean that tiny changes anywhere can move the answer.')
      };
    case 'smoothGrad':
      return {
        name: 'SmoothGrad',
        see: t(
          'The mean of the gradients at many noisy copies of the input: what remains is not an accident of one pixel.'
        ),
        look: t('Shapes that stand out more clearly than in the plain saliency map.')
      };
    case 'integrated':
      return {
        name: t('Integrated gradients'),
        see: t(
          'Each pixel’s part in the difference between the score of this input and that of the baseline: red for, blue against.'
        ),
        look: t('The sum of all parts beside the difference it should reach: a large error asks for more steps.')
      };
    case 'occlusion':
      return {
        name: t('Occlusion'),
        see: t(
          'How much the score falls when a window over each place is covered: red where the class needs what is there.'
        ),
        look: t('Red on the object; blue places hold the class back, it grows when they are covered.')
      };
  }
}
