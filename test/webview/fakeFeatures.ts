/** Made-up answers to the requests about copies under noise: clouds around three classes. */
import type { DataRequests, DataSetInfo } from '../../src/protocol/dataSets';
import type { DropoutRequests } from '../../src/protocol/effects/dropout';
import type { HostRequests } from '../../src/protocol/panel';
import type { FeaturePoint, FeatureRequests, NoiseName, NoisyCopies } from '../../src/protocol/effects/features';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { Pixels } from '../../src/protocol/values';

type Asked = FeatureRequests & DataRequests & Pick<DropoutRequests, 'chooseFromSet'> & Pick<HostRequests, 'pickFolder'>;
type Named = { readonly [K in keyof Asked as string extends K ? never : K]: Asked[K] };
type Answers = {
  readonly [K in keyof Named]: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

const point = (x: number, y: number, index: number): FeaturePoint => ({
  x,
  y,
  distance: Math.hypot(x, y),
  top: [
    { index, label: String(index), value: 0.9 },
    { index: (index + 1) % 10, label: String((index + 1) % 10), value: 0.06 }
  ]
});
const centres = [
  [0.5, 0.5],
  [9, 2],
  [-4, 8]
] as const;

const copies = (noise: NoiseName, count: number, reach: number, some: number, unseen: number): NoisyCopies => ({
  noise,
  points: Array.from({ length: count }, (_, i) =>
    point(reach * Math.sin(i * 2.4), reach * Math.cos(i * 2.4), i === 3 ? 1 : 7)
  ),
  meanDistance: reach,
  flipped: 1,
  all: { some, each: some / unseen / 3, of: unseen },
  same: { some: 2, each: 0.1, of: Math.ceil(unseen / 3) }
});

const digits: DataSetInfo = {
  id: 'digits',
  title: 'Digits',
  size: 500,
  classNames: null,
  labelled: true,
  reason: 'same classes'
};

/** @param scenario `branchy` has no dropout layer, `noData` no data set until a folder is chosen */
export function fakeFeatures(scenario: string, picture: (seed: number) => Pixels): Answers {
  const dropout = scenario !== 'branchy';
  let sets = scenario === 'noData' ? [] : [digits];
  return {
    dataSets: async () => sets,
    pickFolder: async () => ({ path: '/pictures' }),
    addImageFolder: async () => {
      const folder = { ...digits, id: 'folder', title: 'pictures' };
      sets = [folder];
      return folder;
    },
    chooseFromSet: async ({ index }) => ({ pixels: picture(index), label: `Digits ${index}` }),
    featureSpace: async ({ pictures, copies: count, seed, set }) => {
      const classes = [7, 1, 9];
      const unseen = Array.from({ length: Math.min(pictures, 60) }, (_, i) => {
        const [x, y] = centres[i % 3] ?? [0, 0];
        const truth = classes[i % 3] ?? 7;
        return {
          ...point(x + 2 * Math.sin(i * 1.7), y + 2 * Math.cos(i * 2.9), i === 4 ? 7 : truth),
          index: i,
          truth,
          nearest: { noise: 'weights' as const, copy: 2, distance: 1 + i / 10 }
        };
      });
      return {
        layer: 'dropout_1',
        reader: 'dense',
        size: 64,
        pooled: false,
        set: set ?? 'digits',
        title: 'Digits',
        probabilities: true,
        labelled: true,
        leftOut: 1,
        explained: [0.224, 0.163],
        firstSeed: seed,
        clean: point(0, 0, 7),
        unseen,
        distanceSame: 2.1,
        distanceOther: 9.3,
        copies: [
          ...(dropout ? [copies('masks', count, 3, 12, unseen.length)] : []),
          copies('weights', count, 1.2, 30, unseen.length),
          copies('augmentation', count, 2, 45, unseen.length)
        ],
        randomLayers: dropout ? ['dropout_1'] : [],
        picture: true,
        weights: true
      };
    },
    featurePicture: async ({ of }) => ({ pixels: picture(of.kind === 'unseen' ? of.index : of.seed) })
  };
}
