package io.millrace.learner.checkpoint;

/**
 * What has been counted over the model's life, restarts included. Travels whole: checkpoints, the
 * status and summaries hold each counter under its component's name, and an older file without one
 * counts it from 0.
 *
 * @param applied stream images consumed, each counted once
 * @param duplicates records skipped because their bytes were ingested recently
 * @param gaps records that retention removed before they were read
 * @param undecodable accepted images that did not decode here
 * @param forgotten images that tombstones named
 * @param skipped updates skipped because their loss or gradient was not finite
 * @param shortened batches that got fewer updates than they could, because the learner was behind
 * @param drifts how often the stream was found to have drifted
 */
public record TrainingCounters(
    long applied,
    long duplicates,
    long gaps,
    long undecodable,
    long forgotten,
    long skipped,
    long shortened,
    long drifts) {
  /** Before the first batch. */
  public static TrainingCounters none() {
    return new TrainingCounters(0, 0, 0, 0, 0, 0, 0, 0);
  }
}
