package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.replay.ReplayBuffer;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.learner.replay.ReplaySettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which images meet in an update. */
class ReplayMixTest {
  private static final int BATCH = 8;

  /** What an update was given. */
  private record Made(List<String> ids, int fresh, int kept) {}

  private final List<Made> made = new ArrayList<>();

  private static ReplaySettings fifo(double freshShare) {
    return new ReplaySettings(ReplaySettings.Policy.FIFO, 16, 1, 512, 0, 0, 64, 0.5, freshShare);
  }

  private static List<String> ids(int from, int n) {
    return IntStream.range(from, from + n).mapToObj(i -> "image-" + i).toList();
  }

  private static List<PixelImage> images(int n, int side) {
    return IntStream.range(0, n)
        .mapToObj(i -> new PixelImage(side, side, new byte[side * side * 3]))
        .toList();
  }

  private ReplayBuffer streamed(double freshShare, int batches, int side) {
    var replay = new ReplayBuffer(fifo(freshShare), 1);
    var mix =
        new ReplayMix(
            replay,
            BATCH,
            new NoArithmetic(),
            new EvalView(Preprocessing.defaults()),
            () -> {
              throw new IllegalStateException("nobody asked for features");
            });
    for (int b = 0; b < batches; b++) {
      mix.fresh(
          StreamImage.ofPixels(IdentifiedImage.zip(ids(4 * b, 4), images(4, side))),
          b,
          true,
          (images, fresh) -> {
            made.add(new Made(IdentifiedImage.ids(images), fresh, replay.size()));
            return null;
          });
    }
    return replay;
  }

  @Test
  void byDefaultTheWholeBatchOfTheStreamIsInTheUpdateAndKeptOnceTheOthersAreDrawn() {
    streamed(1, 3, 8);
    Made last = made.get(2);
    assertThat(last.ids())
        .hasSize(BATCH)
        .startsWith("image-8", "image-9", "image-10", "image-11")
        .doesNotHaveDuplicates();
    assertThat(last.fresh()).isEqualTo(4);
    assertThat(last.kept()).isEqualTo(12);
  }

  @Test
  void aShareOfAnUpdateIsFreshAndSpreadOverTheBatchTheOthersAreKeptBefore() {
    ReplayBuffer replay = streamed(0.25, 3, 8);
    Made last = made.get(2);
    assertThat(last.fresh()).isEqualTo(2);
    assertThat(last.ids()).hasSize(BATCH).startsWith("image-9", "image-11").doesNotHaveDuplicates();
    assertThat(last.kept()).isEqualTo(12);
    assertThat(replay.entries()).extracting(ReplayEntry::id).containsAll(ids(0, 12));
  }

  @Test
  void withNoFreshShareEveryImageOfAnUpdateIsDrawnFromReplay() {
    ReplayBuffer replay = streamed(0, 8, 8);
    assertThat(made).extracting(Made::fresh).containsOnly(0);
    assertThat(made.get(0).ids()).as("all there is").containsExactlyInAnyOrderElementsOf(ids(0, 4));
    assertThat(made.get(7).ids()).hasSize(BATCH).doesNotHaveDuplicates();
    assertThat(replay.entries())
        .extracting(ReplayEntry::id)
        .as("the newest sixteen, each consumed once")
        .containsExactlyElementsOf(ids(16, 16));
    assertThat(new HashSet<>(made.get(7).ids())).isNotEqualTo(new HashSet<>(ids(28, 4)));
  }

  @Test
  void whatReplayCannotKeepIsLearnedFromAllTheSame() {
    var small = new ReplaySettings(ReplaySettings.Policy.FIFO, 16, 1, 1024, 0, 0, 64, 0.5, 0);
    var replay = new ReplayBuffer(small, 1);
    var mix =
        new ReplayMix(
            replay,
            BATCH,
            new NoArithmetic(),
            new EvalView(Preprocessing.defaults()),
            () -> {
              throw new IllegalStateException("nobody asked for features");
            });
    mix.fresh(
        StreamImage.ofPixels(
            IdentifiedImage.zip(
                ids(0, 2), images(2, 700))), // 1.4 MiB each, more than all of replay
        0,
        true,
        (images, fresh) -> {
          made.add(new Made(IdentifiedImage.ids(images), fresh, replay.size()));
          return null;
        });
    assertThat(made).containsExactly(new Made(ids(0, 2), 2, 0));
  }

  @Test
  void aShareThatCannotBeIsRefused() {
    assertThatThrownBy(() -> fifo(1.5)).hasMessage("freshShare is 1.5: expected 0 to 1");
    assertThatThrownBy(
            () -> new ReplaySettings(ReplaySettings.Policy.NONE, 1, 1, 8, 0, 0, 64, 0.5, 0.5))
        .hasMessage("freshShare is 0.5: expected 1 with none, which keeps no image to draw");
  }
}
