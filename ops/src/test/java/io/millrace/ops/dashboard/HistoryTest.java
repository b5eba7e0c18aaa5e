package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  private static final List<String> SERVING = List.of("serving");

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

  @Test
  void processesOfOneRoleKeepTheirOwn() throws IOException {
    Instant now = Instant.now();
    var first = new DashboardState(SampleStatus.empty(now));
    var second = new DashboardState(SampleStatus.empty(now));
    first.keepHistory(folder, SERVING, "serving-0", now);
    second.keepHistory(folder, SERVING, "serving-1", now);
    first.history().add(1, Map.of("loss", 1.0));
    second.history().add(2, Map.of("loss", 2.0));
    first.saveHistory();
    second.saveHistory();
    var again = new DashboardState(SampleStatus.empty(now));
    again.keepHistory(folder, SERVING, "serving-0", now.plusSeconds(1));
    assertThat(again.history().columns()).isEqualTo(first.history().columns());
    assertThat(names())
        .containsExactlyInAnyOrder(
            "page-history-serving.serving-0.json", "page-history-serving.serving-1.json");
  }

  @Test
  void oneThatStartsUnderANewNameGoesOnWithWhatNobodyKeeps() throws IOException {
    Instant now = Instant.now();
    keptAt("page-history-serving.json", now);
    assertThat(own("pod-a", now)).as("as it was called before").exists();
    assertThat(names()).containsExactly("page-history-serving.pod-a.json");
    assertThat(own("pod-b", now)).as("pod-a keeps its own").doesNotExist();

    Instant later = now.plusSeconds(300);
    keptAt("page-history-serving.older.json", now.minusSeconds(60));
    keptAt("page-history-ingest.other.json", now);
    assertThat(own("pod/c", later)).hasFileName("page-history-serving.pod_c.json").exists();
    assertThat(names())
        .containsExactlyInAnyOrder(
            "page-history-serving.pod_c.json",
            "page-history-serving.older.json",
            "page-history-ingest.other.json");
  }

  @Test
  void whatNobodyTakesOverIsRemovedInTheEnd() throws IOException {
    Instant now = Instant.now();
    keptAt("page-history-serving.pod-a.json", now.minus(Duration.ofDays(40)));
    keptAt("page-history-serving.pod-b.json", now.minus(Duration.ofDays(40)));
    keptAt("page-history-learner.gone.json.writing", now.minus(Duration.ofDays(40)));
    keptAt("page-history-serving.pod-c.json", now.minus(Duration.ofDays(20)));
    keptAt("other.json", now.minus(Duration.ofDays(40)));
    own("pod-a", now);
    assertThat(names())
        .as("its own stays, however old")
        .containsExactlyInAnyOrder(
            "page-history-serving.pod-a.json", "page-history-serving.pod-c.json", "other.json");
  }

  private Path own(String instance, Instant now) {
    return HistoryFiles.own(folder, SERVING, instance, now);
  }

  private void keptAt(String name, Instant at) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "{}");
    Files.setLastModifiedTime(file, FileTime.from(at));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
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
