package io.millrace.learner.replay;

/** Makes the policies; a new one is a name and one more line. */
final class ReplayPolicies {
  private ReplayPolicies() {}

  /** A policy for one buffer, by the settings' name. */
  static ReplayPolicy of(ReplaySettings settings) {
    return switch (settings.policy()) {
      case FIFO -> new Fifo();
      case RESERVOIR -> new Reservoir();
      case MINIMUM_REDUNDANCY -> new MinimumRedundancy();
      case CENTROID_BALANCE -> new CentroidBalance(settings.groups());
      case AGE_LIMIT -> new AgeLimit(settings.images(), settings.maxAge());
      case NONE -> new NothingKept();
    };
  }
}
