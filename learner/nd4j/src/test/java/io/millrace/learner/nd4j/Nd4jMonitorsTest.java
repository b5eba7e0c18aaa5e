package io.millrace.learner.nd4j;

import io.millrace.learner.monitor.MonitorsConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jMonitorsTest extends MonitorsConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
