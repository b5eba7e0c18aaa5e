package io.millrace.learner.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.PrecisionTrial;
import org.junit.jupiter.api.Test;

class PrecisionAutoTest {
  /** It has no bf16, and opening one to try it is an error. */
  @Test
  void autoIsFloat32() {
    assertThat(new PrecisionTrial().faster(Nd4jEngine.NAME, EngineOptions.cpu(Precision.FLOAT32)))
        .isEqualTo(Precision.FLOAT32);
  }
}
