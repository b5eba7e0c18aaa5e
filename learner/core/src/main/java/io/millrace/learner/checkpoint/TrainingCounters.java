package io.millrace.learner.checkpoint;

/**
 * What has been counted over the model's life, restarts included. Travels whole: checkpoints, the
 * status and summaries hold each counter under its component's name, and an older file without one
 * counts it from 0.
 *
 * <p>Records of images.accepted before a checkpoint's offsets are {@code applied + duplicates +
 * undecodable + withdrawn + forgotten}, and {@code gaps} where retention was faster.
 *
 * @param applied stream images consumed, each counted once
 * @param duplicates records skipped because their bytes were ingested recently
 * @param gaps records that retention removed before they were read
 * @param undecodable accepted images that did not decode here
 * @param forgotten tombstones
 * @param skipped updates skipped because their loss or gradient was not finite
 * @param shortened batches that got fewer updates than they could, because the learner was behind
 * @param drifts how often the stream was found to have drifted
 * @param withdrawn images that a tombstone took back before they were consumed
 */
public record TrainingCounters(
    long applied,
    long duplicates,
    long gaps,
    long undecodable,
    long forgotten,
    long skipped,
    long shortened,
    long drifts,
    long withdrawn) {
  /** With nothing withdrawn. */
  public TrainingCounters(
      long applied,
      long duplicates,
      long gaps,
      long undecodable,
      long forgotten,
      long skipped,
      long shortened,
      long drifts) {
    this(applied, duplicates, gaps, undecodable, forgotten, skipped, shortened, drifts, 0);
  }

  /** Records of the log that were read and counted. */
  public long records() {
    return applied + duplicates + undecodable + withdrawn + forgotten;
  }

  /** Before the first batch. */
  public static TrainingCounters none() {
    return new TrainingCounters(0, 0, 0, 0, 0, 0, 0, 0);
  }
}
