// Which metric is on which chart, and which chart in which group: the important ones first. What a
// method reports and nobody has named here is shown all the same, under its own name.

import { words } from './dom.js';

const M = 'monitor.';

const FIXED = {
  now: [
    chart('Throughput', 'images/s', [['acceptedPerSecond', 'accepted'],
      ['learnedPerSecond', 'learned from'], ['embeddedPerSecond', 'embedded']], { zero: true, digits: 1 }),
    chart('Lag', 'images behind', [['lag', 'learner'], ['ingestLag', 'ingest'],
      ['servingLag', 'serving']], { zero: true, digits: 0 }),
    chart('Loss', 'mean of 20 updates', [['loss', 'loss']]),
    chart('Skill', '1 \u2212 loss \u00f7 chance-level loss', [['skill', 'skill']], { floor: -1 }),
    chart('kNN accuracy', '% of held-out images', [[M + 'knn', 'trained'],
      [M + 'knnUntrained', 'untrained'], [M + 'knnRaw', 'raw pixels']]),
  ],
  optimiser: [
    chart('Learning rate', '', [['learningRate', 'rate']]),
    chart('Teacher momentum', 'share kept in an update', [['teacherMomentum', 'momentum']]),
    chart('Gradient norm', 'L2', [[M + 'gradientNorm', 'norm']], { zero: true }),
    chart('Updates for a new batch', 'updates', [[M + 'updatesPerBatch', 'updates']], { zero: true, digits: 0 }),
  ],
  replay: [
    chart('Replay size', 'images', [[M + 'replaySize', 'kept']], { zero: true, digits: 0 }),
    chart('Age', 'images offered since', [[M + 'replayAge', 'mean'], [M + 'replayAgeMax', 'oldest']], { zero: true, digits: 0 }),
    chart('Visits', 'draws of an image', [[M + 'replayVisitsMean', 'mean'], [M + 'replayVisitsMax', 'most']], { zero: true }),
    chart('Fresh share', 'of the images of an update', [[M + 'replayFreshShare', 'share']], { zero: true }),
    chart('Similarity', 'cosine to the nearest kept', [[M + 'replaySimilarity', 'mean']]),
  ],
  drift: [
    chart('Drift of the features', '0: as at the last release, 1: unlike it', [[M + 'drift', 'drift']]),
    chart('Drift of the stream', 'energy distance, old to new', [[M + 'streamDrift', 'distance']], { zero: true }),
    chart('Events', 'since the start', [[M + 'drifts', 'drifts'], [M + 'skippedUpdates', 'updates skipped'],
      [M + 'shortenedBatches', 'shortened batches']], { zero: true, digits: 0 }),
    chart('Collapse guard', '1: releases are held back', [[M + 'collapsed', 'guard']], { zero: true, digits: 0 }),
  ],
};

// Each has a group and a name for people; one chart holds what is measured of the updates' own
// images, of the fixed reference images and of the newest.
const MEASURED = [
  [/^featureStd$/, 'now', 'Feature std', '0: collapse, 1/\u221adimension: healthy'],
  [/^rankMe$/, 'health', 'RankMe', 'effective dimensions'],
  [/^alignment$/, 'health', 'Alignment', 'of two views; low is good'],
  [/^uniformity$/, 'health', 'Uniformity', 'low is good'],
  [/^projectionStd$/, 'health', 'Projection std', '0 is collapse'],
  [/^(.*[tT]eacher.*Distance)$/, 'health', 'Teacher distance', 'relative to the student'],
  [/^perplexityBatch(.*)$/, 'words', 'Perplexity of a batch', 'words; 1: dead'],
  [/^perplexityImage(.*)$/, 'words', 'Perplexity of an image', 'words'],
  [/^minDistance(.*)$/, 'words', 'Distance to the nearest word', 'squared'],
  [/^words(.*)$/, 'words', 'Words filled', 'words'],
];

export const GROUPS = [
  { id: 'now', title: 'At a glance', open: true },
  { id: 'health', title: 'Representation', glance: ['featureStd', 'rankMe'] },
  { id: 'objective', title: 'Objective', glance: ['uninformed'] },
  { id: 'words', title: 'Bags of words', glance: [] },
  { id: 'optimiser', title: 'Optimizer', glance: ['gradientNorm'] },
  { id: 'replay', title: 'Replay', glance: ['replaySize', 'replayVisitsMean'] },
  { id: 'drift', title: 'Drift and guard', glance: ['streamDrift', 'drifts', 'collapsed'] },
];

function chart(title, unit, lines, how) {
  return { title, unit, lines, ...how };
}

// The group's charts of which there is something to draw.
export function chartsOf(group, known) {
  const fixed = (FIXED[group] || []).map((c) => ({ ...c, lines: c.lines.filter(([name]) => known.has(name)) }))
    .filter((c) => c.lines.length > 0);
  return fixed.concat(measured(known).filter((c) => c.group === group));
}

const TAKEN = new Set(Object.values(FIXED).flat().flatMap((c) => c.lines.map(([name]) => name)));

function measured(known) {
  const bases = new Map();
  for (const name of known) {
    if (!name.startsWith(M) || TAKEN.has(name)) continue;
    const [, set, rest] = name.slice(M.length).match(/^(reference|window|batch)?(.*)$/);
    const base = set && rest ? rest[0].toLowerCase() + rest.slice(1) : set || rest;
    if (!bases.has(base)) bases.set(base, {});
    bases.get(base)[set && rest ? set : 'own'] = name;
  }
  return [...bases.keys()].sort().map((base) => measuredChart(base, bases.get(base)))
    .sort((a, b) => a.rank - b.rank);
}

function measuredChart(base, of) {
  const lines = [];
  if (of.own) lines.push([of.own, of.reference ? 'updates' : of.window || of.batch ? 'reference' : 'value']);
  if (of.batch) lines.push([of.batch, 'updates']);
  if (of.reference) lines.push([of.reference, 'reference']);
  if (of.window) lines.push([of.window, 'newest']);
  const rank = MEASURED.findIndex(([pattern]) => pattern.test(base));
  if (rank < 0) return { group: 'objective', rank: MEASURED.length, ...chart(capital(words(base)), '', lines) };
  const [pattern, group, title, unit] = MEASURED[rank];
  const level = title === 'Teacher distance' ? '' : (base.match(pattern)[1] || '');
  return { group, rank, ...chart(title + (level ? ',' + words(level) : ''), unit, lines) };
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
