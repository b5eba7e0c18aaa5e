package io.millrace.learner.loop;

import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.method.StepReport;
import java.util.Map;

/** What the learner counts. Called on the learner's thread but where it says otherwise. */
public interface LearnerMetrics {
  /** Counts nothing. */
  LearnerMetrics NONE = new LearnerMetrics() {};

  /**
   * An update was made.
   *
   * @param fromReplay whether it learned from replay alone
   * @param nanos time it took
   */
  default void updated(StepReport report, boolean fromReplay, long nanos) {}

  /** An update was skipped: its loss or gradient was not finite. */
  default void skipped() {}

  /** The guard looked at the monitors; releases are held while collapsed. */
  default void guarded(boolean healthy, boolean collapsed) {}

  /** Went back to the weights of a healthy checkpoint. */
  default void rolledBack() {}

  /** A batch of the stream was consumed. */
  default void consumed(int images, int duplicates, long gaps, int undecodable, int forgotten) {}

  /** Time the learner waited for the stream. */
  default void waited(long nanos) {}

  /** A batch was fetched from the stream. On the feed's thread. */
  default void fetched(long nanos) {}

  /** A batch was decoded and shrunk, on several threads at once. On the feed's thread. */
  default void decoded(long nanos) {}

  /** The loss was not finite: learning stops. */
  default void diverged() {}

  /** The right to save checkpoints was obtained, under this epoch. */
  default void leased(long epoch) {}

  /** Another learner took the model over: this one stops. */
  default void fenced() {}

  /**
   * A checkpoint was saved.
   *
   * @param bytes of its own files, without the image segments it shares with others
   */
  default void checkpointSaved(long nanos, long bytes) {}

  /**
   * Kept images are lost: a restored checkpoint's files are gone, or a drawn one did not decode.
   */
  default void replayLost(int images) {}

  /** A checkpoint could not be saved; learning goes on and it is tried again. */
  default void checkpointFailed() {}

  /** A checkpoint is in object storage too. On a thread of its own. */
  default void checkpointUploaded(long nanos) {}

  /**
   * A checkpoint could not be put into object storage; it is tried again. On a thread of its own.
   */
  default void checkpointUploadFailed() {}

  /** A release was published. */
  default void released(long version) {}

  /** A release could not be published; learning goes on and it is tried again. */
  default void releaseFailed() {}

  /** Monitors were computed. */
  default void monitored(Map<String, Double> metrics, long nanos) {}

  /** The kNN metric was computed. */
  default void probed(KnnMetrics metrics, long nanos) {}
}
