package io.millrace.learner.replay;

import java.util.List;

/** What the policies are called in settings. */
final class PolicyNames {
  static final String FIFO = "fifo";
  static final String RESERVOIR = "reservoir";
  static final String MINIMUM_REDUNDANCY = "minimum-redundancy";
  static final String CENTROID_BALANCE = "centroid-balance";
  static final String AGE_LIMIT = "age-limit";
  static final String NONE = "none";

  /** All of them, in the order that documents list them. */
  static final List<String> ALL =
      List.of(FIFO, RESERVOIR, MINIMUM_REDUNDANCY, CENTROID_BALANCE, AGE_LIMIT, NONE);

  private PolicyNames() {}
}
