package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.ops.dashboard.Status;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusLineTest {
  @Test
  void saysWhatMattersInOneLine() {
    assertThat(StatusLine.of(status("running")))
        .containsExactly(
            "1:15 left",
            "release 2",
            "kNN 38.5 %",
            "214 images/s",
            "step 320",
            "loss 1.234",
            "embedded 77",
            "lag 1,024",
            "std 0.041");
  }

  @Test
  void drainingSaysHowLongItMayTake() {
    assertThat(StatusLine.of(status("draining"))).startsWith("draining, at most 1:15 left");
    assertThat(StatusLine.of(status("done"))).startsWith("done", "release 2");
  }

  private static Status status(String phase) {
    Instant now = Instant.EPOCH;
    return new Status(
        now,
        now,
        phase,
        now.plusSeconds(75),
        List.of("learner"),
        null,
        new Status.Learner(
            "learning",
            "byol",
            "torch",
            "cpu",
            "float32",
            320,
            new TrainingCounters(9000, 0, 0, 0, 0, 0, 0, 0),
            1024L,
            214.2,
            1.2344,
            0.5,
            0.06,
            0.99,
            Map.of("featureStd", 0.041, "knn", 38.52),
            4000,
            3,
            Map.of(),
            null),
        new Status.Serving("2", 77, 0, 0L, null, 1, null, 0),
        List.of(new Status.Release("2", 300, now, "promoted", Map.of())),
        List.of());
  }
}
