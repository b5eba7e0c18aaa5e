package io.millrace.learner.nd4j;

import io.millrace.learner.stream.StreamRunConformance;
import io.millrace.learner.testing.EverySuiteConformance;
import java.util.List;

class Nd4jSuitesTest extends EverySuiteConformance {
  /**
   * The stream benchmark asks the engine for nothing that the other suites do not, and takes it
   * minutes.
   */
  @Override
  protected List<Class<?>> leftOut() {
    return List.of(StreamRunConformance.class);
  }
}
