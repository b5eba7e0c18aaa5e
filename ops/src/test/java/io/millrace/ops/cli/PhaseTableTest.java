package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PhaseTableTest {
  @Test
  void sharesAddUpAndWhatIsNotTheStepIsSaid() throws IOException {
    String table =
        PhaseTable.of(
                new ObjectMapper()
                    .readTree(
                        """
                        {"views": 10, "forward": 20, "objective": 5, "backward": 40, "optimiser": 3,
                         "ema": 1, "alignment": 1, "step": 90, "wait": 4, "monitors": 3,
                         "checkpoint": 2, "probe": 1}
                        """))
            .toString();
    assertThat(table.lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains(
            "backward 40.00 40.0",
            "alignment 1.00 1.0",
            "rest of the step 10.00 10.0",
            "wait 4.00 4.0",
            "release 0.00 0.0",
            "all 100.00 100.0")
        .anyMatch(line -> line.contains("not the step: 10.0 %"));
  }

  @Test
  void updatesOfAReleasedCopyAreSteps() throws IOException {
    String table =
        PhaseTable.of(
                new ObjectMapper()
                    .readTree("{\"forward\": 60, \"step\": 80, \"anneal\": 10, \"release\": 10}"))
            .toString();
    assertThat(table.lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains("rest of the step 20.00 20.0", "anneal 10.00 10.0", "all 100.00 100.0")
        .anyMatch(line -> line.contains("not the step: 10.0 %"));
  }
}
