package io.millrace.learner.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class AccuracyTest {
  @Test
  void theLargestAndTheFiveLargestCount() {
    float[] logits = {
      9, 1, 2, 3, 4, 5, // class 0 first
      9, 1, 2, 3, 4, 5, // class 1 last
      9, 1, 2, 3, 4, 5, // class 3 third
    };
    Accuracy accuracy = Accuracy.of(logits, 6, List.of(0, 1, 3));
    assertThat(accuracy.top1()).isEqualTo(100.0 / 3);
    assertThat(accuracy.top5()).isEqualTo(200.0 / 3);
  }

  @Test
  void equalLogitsAreToldAsTheFirstClassAndNumbersThatAreNoneAsNone() {
    assertThat(Accuracy.of(new float[] {1, 1, 1, 1}, 2, List.of(0, 1)))
        .isEqualTo(new Accuracy(50, null));
    float[] none = {Float.NaN, Float.NaN, Float.NaN, Float.NaN};
    assertThat(Accuracy.of(none, 2, List.of(0, 1)).top1()).isZero();
  }

  @Test
  void lengthsThatDoNotFitAreNamed() {
    assertThatThrownBy(() -> Accuracy.of(new float[3], 2, List.of(0, 1)))
        .hasMessageContaining("3 logits of 2 classes for 2 labels");
  }
}
