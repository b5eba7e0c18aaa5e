package io.millrace.learner.replay;

/** Makes the policies; a new one is a name and one more line. */
final class ReplayPolicies {
  private ReplayPolicies() {}

  /** A policy for one buffer, by the settings' name. */
  static ReplayPolicy of(ReplaySettings settings) {
    return switch (settings.policy()) {
      case PolicyNames.FIFO -> new Fifo();
      case PolicyNames.RESERVOIR -> new Reservoir();
      case PolicyNames.MINIMUM_REDUNDANCY -> new MinimumRedundancy();
      case PolicyNames.CENTROID_BALANCE -> new CentroidBalance(settings.groups());
      case PolicyNames.AGE_LIMIT -> new AgeLimit(settings.images(), settings.maxAge());
      case PolicyNames.NONE -> new NothingKept();
      default ->
          throw new IllegalArgumentException(
              "policy is '" + settings.policy() + "': expected one of " + PolicyNames.ALL);
    };
  }
}
