package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;

/** The monitors' metrics of any features, for suites of other packages. */
public final class MonitorMath {
  private MonitorMath() {}

  public static double featureStd(Features features) {
    return FeatureStd.of(features);
  }

  public static double rankMe(Features features) {
    return RankMe.of(features);
  }
}
