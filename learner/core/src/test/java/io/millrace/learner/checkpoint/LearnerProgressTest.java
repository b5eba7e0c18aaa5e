package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearnerProgressTest {
  private final ObjectMapper json = new ObjectMapper();

  @Test
  void countersStandBesideTheOthersAsInOlderFiles() throws Exception {
    var progress =
        new LearnerProgress(
            9,
            1,
            new TrainingCounters(1, 2, 3, 4, 5, 6, 7, 8),
            7,
            List.of(0.5),
            List.of(0.25),
            List.of(),
            List.of(),
            true);
    JsonNode tree = json.valueToTree(progress);
    assertThat(tree.path("drifts").asLong()).isEqualTo(8);
    assertThat(tree.has("counters")).isFalse();
    assertThat(json.treeToValue(tree, LearnerProgress.class)).isEqualTo(progress);
  }

  @Test
  void aCounterThatAnOlderFileLacksIsZero() throws Exception {
    LearnerProgress read =
        json.readValue(
            """
            {"step": 42, "owed": 2, "applied": 420, "duplicates": 3, "gaps": 1, "undecodable": 0,
             "forgotten": 4, "released": 41, "firstLosses": [1.5], "lastLosses": [0.5],
             "firstSkills": [0.1], "lastSkills": [0.2]}
            """,
            LearnerProgress.class);
    assertThat(read.counters()).isEqualTo(new TrainingCounters(420, 3, 1, 0, 4, 0, 0, 0));
    assertThat(read.unhealthy()).isFalse();
  }
}
