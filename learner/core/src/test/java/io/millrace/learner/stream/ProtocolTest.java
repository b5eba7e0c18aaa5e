package io.millrace.learner.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.StoredImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each protocol shows, and when. */
class ProtocolTest {
  private static final ProtocolSettings SETTINGS = new ProtocolSettings(3, 4, 1, 1);

  private static StreamSource source(int n, int classes, boolean clips) {
    var ids = new ArrayList<String>();
    var labels = new ArrayList<Integer>();
    for (int i = 0; i < n; i++) {
      ids.add("image-" + i);
      labels.add(i % Math.max(1, classes));
    }
    byte[] rgb = new byte[8 * 8 * 3];
    java.util.Arrays.fill(rgb, (byte) 100);
    return new StreamSource(
        StoredImage.of(IdentifiedImage.zip(ids, Collections.nCopies(n, new PixelImage(8, 8, rgb)))),
        classes == 0 ? List.of() : labels,
        classes,
        clips);
  }

  private static List<Integer> images(StreamPlan plan) {
    return plan.frames().stream().map(StreamPlan.Frame::image).toList();
  }

  @Test
  void iidShowsEachImageOnceInAnOrderOfTheSeeds() {
    StreamPlan plan = Protocol.IID.plan(source(20, 0, false), SETTINGS, 1);
    assertThat(images(plan)).hasSize(20).doesNotHaveDuplicates().isNotEqualTo(sorted(plan));
    assertThat(Protocol.IID.plan(source(20, 0, false), SETTINGS, 1)).isEqualTo(plan);
    assertThat(Protocol.IID.plan(source(20, 0, false), SETTINGS, 2)).isNotEqualTo(plan);
  }

  private static List<Integer> sorted(StreamPlan plan) {
    return images(plan).stream().sorted().toList();
  }

  @Test
  void correlatedShowsClipAfterClip() {
    StreamPlan plan = Protocol.CORRELATED.plan(source(5, 0, false), SETTINGS, 1);
    assertThat(plan.size()).isEqualTo(20);
    for (int i = 0; i < 20; i++) {
      assertThat(plan.frames().get(i).moment()).isEqualTo(i % 4);
      assertThat(plan.frames().get(i).image()).isEqualTo(plan.frames().get(i / 4 * 4).image());
    }
    assertThat(new HashSet<>(images(plan))).hasSize(5);
    assertThat(images(Protocol.CORRELATED.plan(source(5, 0, true), SETTINGS, 1)))
        .as("a source with clips keeps its order")
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void shuffledHoldsTheSameFrames() {
    StreamPlan plan = Protocol.CORRELATED.plan(source(5, 0, false), SETTINGS, 1);
    assertThat(plan.shuffled(1).frames())
        .containsExactlyInAnyOrderElementsOf(plan.frames())
        .isNotEqualTo(plan.frames());
  }

  @Test
  void splitShowsTheClassesTaskByTask() {
    StreamSource source = source(70, 7, false);
    StreamPlan plan = Protocol.SPLIT.plan(source, SETTINGS, 4);
    int[] taskOf = Protocol.tasks(7, 3, 4);
    assertThat(plan.taskEnds()).hasSize(3).endsWith(70);
    int from = 0;
    for (int task = 0; task < 3; task++) {
      int end = plan.taskEnds().get(task);
      assertThat(end - from).as("two or three classes").isIn(20, 30);
      for (int image : images(plan).subList(from, end)) {
        assertThat(taskOf[source.labels().get(image)]).isEqualTo(task);
      }
      from = end;
    }
    assertThat(images(plan)).doesNotHaveDuplicates();
  }

  @Test
  void driftMovesTheMixAndAnImbalanceThinsIt() {
    StreamSource source = source(4000, 2, false);
    List<Integer> shown = images(Protocol.DRIFT.plan(source, SETTINGS, 1));
    assertThat(shown).hasSize(4000).doesNotHaveDuplicates();
    // The class that peaks at 0 has 1/2 + 1/π of the outer halves' mass.
    long middle =
        shown.subList(1000, 3000).stream().filter(i -> source.labels().get(i) == 0).count();
    assertThat(Math.max(middle, 2000 - middle)).isBetween(1550L, 1720L);

    List<Integer> still = images(Protocol.DRIFT.plan(source, new ProtocolSettings(1, 1, 0, 10), 1));
    long rare = still.stream().filter(i -> source.labels().get(i) == 0).count();
    rare = Math.min(rare, still.size() - rare);
    assertThat(rare).as("a tenth of 2000").isBetween(150L, 250L);
    assertThat(still.size() - rare).isEqualTo(2000);
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> Protocol.SPLIT.plan(source(9, 2, false), SETTINGS, 1))
        .hasMessage("tasks is 3: expected at most one for each class (2)");
    assertThatThrownBy(() -> Protocol.DRIFT.plan(source(9, 0, false), SETTINGS, 1))
        .hasMessage("protocol drift needs labels: the source has none");
    assertThatThrownBy(() -> new ProtocolSettings(0, 1, 0, 1)).hasMessageContaining("tasks is 0");
    assertThatThrownBy(() -> new ProtocolSettings(1, 0, 0, 1))
        .hasMessageContaining("clipFrames is 0");
    assertThatThrownBy(() -> new ProtocolSettings(1, 1, 2, 1))
        .hasMessageContaining("driftStrength is 2.0");
    assertThatThrownBy(() -> new ProtocolSettings(1, 1, 0, 0.5))
        .hasMessageContaining("imbalance is 0.5");
  }

  @Test
  void aClipMovesSlowly() {
    byte[] rgb = new byte[16 * 16 * 3];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % 16;
      int y = i / 48;
      rgb[i] = (byte) (20 + 5 * x + 5 * y);
    }
    var still = new PixelImage(16, 16, rgb);
    Clip clip = Clip.of(1, "a", 8);
    double step = distance(clip.frame(still, 0), clip.frame(still, 1));
    double far = distance(clip.frame(still, 0), clip.frame(still, 7));
    assertThat(step).isPositive();
    assertThat(far).as("seven steps away").isGreaterThan(4 * step);
    assertThat(clip.frame(still, 3).rgb())
        .as("a function of seed and name")
        .isEqualTo(Clip.of(1, "a", 8).frame(still, 3).rgb())
        .isNotEqualTo(Clip.of(1, "b", 8).frame(still, 3).rgb());
  }

  private static double distance(PixelImage a, PixelImage b) {
    double sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      sum += Math.abs((a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF));
    }
    return sum / a.rgb().length;
  }

  @Test
  void forgettingAndTransferAreThoseOfTheDefinitions() {
    // Rows: at the end of each task; columns: tasks.
    List<List<Double>> knn =
        List.of(List.of(80.0, 50.0, 40.0), List.of(70.0, 90.0, 45.0), List.of(60.0, 95.0, 85.0));
    assertThat(StreamMetrics.forgetting(knn)).isEqualTo((20.0 + 0) / 2);
    assertThat(StreamMetrics.backwardTransfer(knn)).isEqualTo((-20.0 + 5) / 2);
    assertThat(StreamMetrics.forgetting(List.of())).isNaN();
  }
}
