package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  @TempDir private Path folder;

  @Test
  void goesOnAfterARestart() throws IOException {
    var file = new HistoryFile(folder.resolve("history.json"));
    var before = new History(8);
    before.add(1, Map.of("loss", 2.5));
    before.add(2, Map.of("loss", 2.25, "knn", 30.0));
    file.save(before);
    var after = new History(8);
    file.restore(after);
    assertThat(after.columns()).isEqualTo(before.columns());
    assertThat(HistoryFile.csv(after.columns()))
        .isEqualTo("time,knn,loss\n1970-01-01T00:00:01Z,,2.5\n1970-01-01T00:00:02Z,30.0,2.25\n");
    Files.writeString(folder.resolve("history.json"), "{\"seconds\":[1],\"series\":{\"x\":[]}}");
    var anew = new History(8);
    file.restore(anew);
    assertThat(anew.columns().seconds()).as("a damaged file stops nothing").isEmpty();
  }

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
