package io.millrace.ingest.claim;

/** The fetch of one claimed image. */
public interface ClaimFetch {
  /**
   * How it ended; only then another fetch may take its place.
   *
   * @throws IllegalStateException while it goes on
   */
  FetchOutcome take();

  /** Gives it up; nothing is told any more. */
  void cancel();
}
