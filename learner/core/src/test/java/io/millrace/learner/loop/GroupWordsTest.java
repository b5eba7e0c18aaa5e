package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.group.BrokenGroupException;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.Shards;
import io.millrace.learner.replay.KeptImage;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a leader says is what the others hear. */
class GroupWordsTest {
  private static final PixelImage PIXELS = new PixelImage(2, 1, new byte[] {1, 2, 3, -4, 5, 6});

  private static PreparedBatch batch() {
    return new PreparedBatch(
        List.of(
            new StreamImage(new IdentifiedImage("ä@1", PIXELS), KeptImage.of(PIXELS)),
            new StreamImage(
                new IdentifiedImage("b@2", new PixelImage(1, 1, new byte[] {7, 8, 9})),
                new KeptImage.Encoded(new byte[] {42, 43}))),
        List.of("gone", "gone too"),
        3,
        4_000_000_000L,
        5,
        6,
        7,
        FeedPosition.start());
  }

  @Test
  void aBatchComesWithItsPixelsAndTheFilesThatReplayHolds() {
    byte[] bytes = GroupWords.write(GroupWords.Said.consume(batch(), OptionalLong.of(12)));
    GroupWords.Said heard = GroupWords.read(bytes);
    assertThat(heard.word()).isEqualTo(GroupWords.Word.CONSUME);
    assertThat(heard.lag()).hasValue(12);
    PreparedBatch there = heard.batch();
    assertThat(there).isNotNull();
    assertThat(there).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(batch());
    StreamImage first = there.images().get(0);
    assertThat(first.kept().identity()).as("held once").isSameAs(first.image().image());
    assertThat(GroupWords.read(GroupWords.write(unknownLag())).lag()).isEmpty();

    byte[] cut = Arrays.copyOf(bytes, bytes.length - 30);
    assertThatThrownBy(() -> GroupWords.read(cut))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("what the leader said, of " + cut.length + " bytes, is cut off");
  }

  private static GroupWords.Said unknownLag() {
    return GroupWords.Said.consume(batch(), OptionalLong.empty());
  }

  @Test
  void metricsAndBareWordsComeAsTheyWere() {
    Map<String, Double> metrics = Map.of("rankMe", 3.5, "streamDrift", Double.NaN);
    assertThat(GroupWords.read(GroupWords.write(GroupWords.Said.monitored(metrics))).metrics())
        .isEqualTo(metrics);
    assertThat(GroupWords.read(GroupWords.write(GroupWords.Said.anneal(43))).updates())
        .isEqualTo(43);
    for (GroupWords.Word word : GroupWords.Word.values()) {
      if (word != GroupWords.Word.CONSUME) {
        assertThat(GroupWords.read(GroupWords.write(new GroupWords.Said(word))).word())
            .isEqualTo(word);
      }
    }
  }

  @Test
  void ranksThatWouldGoOnFromDifferentCheckpointsBreakTheGroup() {
    byte[] other = "checkpoint-2-9 with 7 kept images".getBytes(StandardCharsets.UTF_8);
    var ranks =
        (Collectives)
            Proxy.newProxyInstance(
                GroupWordsTest.class.getClassLoader(),
                new Class<?>[] {Collectives.class},
                (proxy, method, arguments) -> List.of(arguments[0], other));
    var words = new GroupWords(new LearnerGroup(new Shards(2, 2, 0), ranks, (s, c, w) -> {}));
    assertThatThrownBy(() -> words.requireSame(Optional.empty()))
        .isInstanceOf(BrokenGroupException.class)
        .hasMessageContaining("by rank [none, checkpoint-2-9 with 7 kept images]");
  }
}
