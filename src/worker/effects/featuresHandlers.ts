/** The requests about features under noise, answered. */
import { t } from '../../core/texts';
import { leaderOf } from '../../analyses/answerChange';
import { distances, nearer } from '../../analyses/features/nearness';
import { project } from '../../analyses/features/principal';
import { areProbabilities, topValues } from '../../analyses/outputs';
import { augment, drawAugmentation } from '../../images/augment';
import type {
  FeaturePoint,
  FeatureRequests,
  FeatureSpace,
  NoiseName,
  NoisyCopies,
  UnseenPoint
} from '../../protocol/effects/features';
import type { HandlerContext, Handlers } from '../../protocol/rpc';
import type { DataSets } from '../data';
import { inputFailure } from '../problem';
import { inputsOf, type Runner } from '../running';
import type { Session, Sessions } from '../session';
import { augmentedCopies, maskedCopies, pictureOf, randomBefore, shakenCopies } from './features/copies';
import { featureRows, penultimateOf, type FeatureRows } from './features/rows';
import { UnseenPictures } from './features/unseen';
import { Tails } from './tails';

const topShown = 3;
const picturesAtMost = 500;
const copiesAtMost = 200;

type Question = FeatureRequests['featureSpace']['params'];

export function featuresHandlers(sessions: Sessions, runner: Runner, data: DataSets): Handlers<FeatureRequests> {
  const unseen = new UnseenPictures(runner, data);
  const tails = new Tails(runner);
  return {
    featureSpace: (question, context) =>
      featureSpace(sessions.get(question.model), { runner, data, unseen, tails }, question, context),
    featurePicture: async ({ model, set: id, of }) => {
      const session = sessions.get(model);
      if (of.kind === 'unseen') {
        const { previews } = await data.batch(session, await data.get(session, id), [of.index]);
        const [pixels] = previews;
        if (pixels === undefined) throw inputFailure('picture', t('cannot be read'), t('Choose another'));
        return { pixels };
      }
      const picture = pictureOf(session);
      if (picture === null) throw inputFailure('input', t('is no picture'), t('Choose one'));
      const {
        width,
        height,
        data: rgba
      } = augment(picture.seen, drawAugmentation(of.augmentation, of.seed, picture.seen));
      return { pixels: { width, height, rgba } };
    }
  };
}

interface Means {
  readonly runner: Runner;
  readonly data: DataSets;
  readonly unseen: UnseenPictures;
  readonly tails: Tails;
}

async function featureSpace(
  session: Session,
  { runner, data, unseen: pictures, tails }: Means,
  question: Question,
  context: HandlerContext
): Promise<FeatureSpace> {
  const place = penultimateOf(session);
  const set = await data.get(session, question.set);
  inputsOf(session);
  const count = Math.max(2, Math.min(picturesAtMost, Math.round(question.pictures)));
  const copies = Math.max(1, Math.min(copiesAtMost, Math.round(question.copies)));
  const series = { copies, seed: question.seed };
  const report = (start: number, share: number, message: string, of: number) => (done: number) => {
    context.progress({ share: start + (share * done) / of, message });
  };
  const unseen = await pictures.of(
    session,
    set,
    place,
    count,
    context,
    report(0, 0.5, t('unseen pictures'), Math.min(count, set.size))
  );
  if (unseen.indices.length < 2)
    throw inputFailure(
      set.title,
      t('has too few pictures for two directions'),
      t('Choose a folder with more pictures')
    );
  const clean = await featureRows(session, runner, place, {}, 1, context);
  const found: (readonly [NoiseName, FeatureRows | null])[] = [
    [
      'masks',
      await maskedCopies(session, runner, tails, place, series, context, report(0.5, 0.1, t('dropout masks'), copies))
    ],
    [
      'weights',
      await shakenCopies(
        session,
        runner,
        place,
        { ...series, sigma: question.sigma },
        context,
        report(0.6, 0.25, t('weight noise'), copies)
      )
    ],
    [
      'augmentation',
      await augmentedCopies(
        session,
        runner,
        place,
        { ...series, augmentation: question.augmentation },
        context,
        report(0.85, 0.15, t('augmentation'), copies)
      )
    ]
  ];

  const names = session.labels?.names ?? null;
  const { signal } = context;
  const points = async (rows: FeatureRows): Promise<FeaturePoint[]> => {
    const [x, y] = project(rows.features, unseen.components);
    const distance = await distances(rows.features, clean.features, clean.size, signal);
    const width = rows.outputs.shape[1] ?? 0;
    return Array.from(distance, (own, row) => ({
      x: x?.[row] ?? 0,
      y: y?.[row] ?? 0,
      distance: own,
      top: topValues(rows.outputs.data.subarray(row * width, (row + 1) * width), names, topShown)
    }));
  };
  const [cleanPoint] = await points(clean);
  if (cleanPoint === undefined) throw inputFailure('input', t('gives no features'), t('Choose another'));
  const others = await points(unseen.rows);
  const winner = leaderOf(clean.outputs.data);
  const classes = others.map(({ top }, row) => unseen.labels[row] ?? top[0]?.index ?? -1);
  const everyone = others.map((_, row) => row);
  const alike = everyone.filter((row) => classes[row] === winner);
  const apart = Float64Array.from(others, ({ distance }) => distance);

  const groups: NoisyCopies[] = [];
  const nearest: UnseenPoint['nearest'][] = others.map(() => null);
  for (const [noise, rows] of found) {
    if (rows === null) continue;
    const between = await distances(unseen.rows.features, rows.features, rows.size, signal);
    const own = await points(rows);
    between.forEach((distance, at) => {
      const row = Math.floor(at / own.length);
      if (distance < (nearest[row]?.distance ?? Number.POSITIVE_INFINITY))
        nearest[row] = { noise, copy: at % own.length, distance };
    });
    groups.push({
      noise,
      points: own,
      meanDistance: mean(own.map(({ distance }) => distance)) ?? 0,
      flipped: own.filter(({ top }) => (top[0]?.index ?? -1) !== winner).length,
      all: nearer(apart, between, everyone),
      same: nearer(apart, between, alike)
    });
  }
  const [first = 0, second = 0] = unseen.components.explained;
  return {
    layer: place.layer,
    reader: place.reader,
    size: clean.size,
    pooled: clean.pooled,
    set: set.id,
    title: set.title,
    probabilities: areProbabilities(clean.outputs.data),
    labelled: unseen.labels.some((label) => label !== null),
    leftOut: unseen.leftOut,
    explained: [first, second],
    firstSeed: question.seed,
    clean: cleanPoint,
    unseen: others.map((point, row) => ({
      ...point,
      index: unseen.indices[row] ?? 0,
      truth: unseen.labels[row] ?? null,
      nearest: nearest[row] ?? null
    })),
    distanceSame: mean(alike.map((row) => apart[row] ?? 0)),
    distanceOther: mean(everyone.filter((row) => classes[row] !== winner).map((row) => apart[row] ?? 0)),
    copies: groups,
    randomLayers: randomBefore(session, place).map(({ name }) => name),
    picture: groups.some(({ noise }) => noise === 'augmentation'),
    weights: groups.some(({ noise }) => noise === 'weights')
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
