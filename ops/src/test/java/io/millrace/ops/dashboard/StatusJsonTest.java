package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.learner.checkpoint.TrainingCounters;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusJsonTest {
  @Test
  void everyCounterStandsUnderItsOwnName() {
    var learner =
        new Status.Learner(
            "learning",
            "byol",
            "torch",
            "cpu",
            "float32",
            9,
            new TrainingCounters(1, 2, 3, 4, 5, 6, 7, 8),
            10L,
            0,
            0,
            0,
            0,
            0,
            Map.of(),
            0,
            0,
            Map.of(),
            null);
    JsonNode json = Json.mapper().valueToTree(learner);
    assertThat(json.path("steps").asLong()).isEqualTo(9);
    assertThat(json.path("applied").asLong()).isEqualTo(1);
    assertThat(json.path("duplicates").asLong()).isEqualTo(2);
    assertThat(json.path("lag").asLong()).isEqualTo(10);
    assertThat(json.has("counters")).isFalse();
    assertThat(Arrays.stream(TrainingCounters.class.getRecordComponents()))
        .extracting(RecordComponent::getName)
        .allMatch(json::has);
  }
}
