package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HistoryTest {
  @Property(tries = 50)
  void staysBoundedAndKeepsTheMean(@ForAll @IntRange(min = 1, max = 3000) int n) {
    var history = new History(16);
    for (int i = 0; i < n; i++) {
      history.add(i, Map.of("loss", (double) i));
    }
    History.Columns columns = history.columns();
    assertThat(columns.seconds()).hasSizeLessThanOrEqualTo(17).isSorted();
    for (int i = 0; i < columns.seconds().size(); i++) {
      assertThat(columns.series().get("loss").get(i))
          .isCloseTo(columns.seconds().get(i), within(0.01));
    }
  }

  @Test
  void leavesOutWhatIsNoNumberAndFillsWithNull() {
    var history = new History(4);
    history.add(1, Map.of("loss", Double.NaN, "lag", 3.0));
    history.add(2, Map.of("loss", 0.5));
    assertThat(history.columns().series())
        .containsEntry("lag", java.util.Arrays.asList(3.0, null))
        .containsEntry("loss", java.util.Arrays.asList(null, 0.5));
    assertThat(history.columns().seconds()).isEqualTo(List.of(1.0, 2.0));
  }
}
