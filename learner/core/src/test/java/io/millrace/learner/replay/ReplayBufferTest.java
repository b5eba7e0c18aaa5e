package io.millrace.learner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.settings.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ReplayBufferTest {
  private static PixelImage image(int side, int color) {
    byte[] rgb = new byte[side * side * 3];
    java.util.Arrays.fill(rgb, (byte) color);
    return new PixelImage(side, side, rgb);
  }

  private static ReplayBuffer buffer(ReplaySettings.Policy policy, int images) {
    return new ReplayBuffer(new ReplaySettings(policy, images, 1, 64), 7);
  }

  private static float[] feature(int angle) {
    return new float[] {(float) Math.cos(angle), (float) Math.sin(angle), 0.5f};
  }

  private static PixelImage pixels(ReplayEntry entry) {
    return ((KeptImage.Pixels) entry.image()).image();
  }

  private static List<String> ids(List<ReplayEntry> entries) {
    return entries.stream().map(ReplayEntry::id).toList();
  }

  @Test
  void fifoKeepsTheLatest() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 3);
    for (int i = 0; i < 5; i++) {
      buffer.offer("i" + i, image(8, i));
    }
    assertThat(ids(buffer.entries())).containsExactly("i2", "i3", "i4");
    assertThat(buffer.offered()).isEqualTo(5);
    assertThat(buffer.bytes()).isEqualTo(3 * 8 * 8 * 3);
  }

  @Test
  void aReservoirKeepsAUniformSampleOfTheWholeStream() {
    int[] keptByTenth = new int[10];
    for (int seed = 0; seed < 200; seed++) {
      var buffer =
          new ReplayBuffer(new ReplaySettings(ReplaySettings.Policy.RESERVOIR, 20, 1, 64), seed);
      for (int i = 0; i < 200; i++) {
        buffer.offer("i" + i, image(8, i));
      }
      assertThat(buffer.size()).isEqualTo(20);
      buffer.entries().forEach(entry -> keptByTenth[(int) entry.order() / 20]++);
    }
    for (int kept : keptByTenth) {
      assertThat((double) kept).isCloseTo(400, within(80.0)); // 4 standard deviations
    }
  }

  @Test
  void theByteCapHoldsForImagesOfManySizes() {
    var buffer =
        new ReplayBuffer(new ReplaySettings(ReplaySettings.Policy.RESERVOIR, 10_000, 1, 256), 1);
    for (int i = 0; i < 300; i++) {
      buffer.offer("i" + i, image(16 + 40 * (i % 7), i));
      assertThat(buffer.bytes()).isLessThanOrEqualTo(1 << 20);
    }
    assertThat(buffer.bytes()).isGreaterThan(700_000);
  }

  @Test
  void theByteCapCountsFeaturesToo() {
    var buffer =
        new ReplayBuffer(
            new ReplaySettings(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 10_000, 1, 64), 1);
    var features = new HashMap<String, float[]>();
    for (int i = 0; i < 600; i++) {
      buffer.offer("i" + i, image(8, i)); // 192 bytes each
      float[] feature = new float[1000]; // 4,000 bytes
      feature[i] = 1;
      features.put("i" + i, feature);
    }
    assertThat(buffer.size()).isEqualTo(600);
    buffer.observe(features);
    assertThat(buffer.size()).isEqualTo((1 << 20) / 4192);
    assertThat(buffer.bytes()).isEqualTo(buffer.size() * 4192L);
    buffer.offer("new", image(8, 1), features.get("i1"));
    assertThat(buffer.size()).isEqualTo((1 << 20) / 4192);
    assertThat(buffer.bytes()).isEqualTo(buffer.health().bytes());
  }

  @Test
  void imagesAreShrunkToTheLongestSide() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 3);
    buffer.offer("large", new PixelImage(200, 100, new byte[200 * 100 * 3]));
    PixelImage kept = pixels(buffer.entries().get(0));
    assertThat(kept.width()).isEqualTo(64);
    assertThat(kept.height()).isEqualTo(32);
  }

  @Test
  void aPeekSeesWhatTheDrawWillAndCountsNoVisit() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 10);
    for (int i = 0; i < 10; i++) {
      buffer.offer("i" + i, image(8, i));
    }
    List<String> peeked = ids(buffer.peek(6, 3));
    assertThat(buffer.health().maxVisits()).isZero();
    assertThat(ids(buffer.peek(2, 3))).as("fewer are the first").isEqualTo(peeked.subList(0, 2));
    assertThat(ids(buffer.draw(6, 3))).isEqualTo(peeked);
  }

  @Test
  void anIdOfferedAgainTakesThePlaceOfItsFirstImage() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 3);
    buffer.offer("a", image(8, 1));
    buffer.offer("b", image(8, 2));
    buffer.offer("a", image(8, 3));
    assertThat(ids(buffer.entries())).containsExactly("b", "a");
    assertThat(pixels(buffer.entries().get(1)).rgb()[0]).isEqualTo((byte) 3);
  }

  @Test
  void forgettingDropsImagesAndTheirBytes() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 5);
    List.of("a", "b", "c").forEach(id -> buffer.offer(id, image(8, 1)));
    buffer.forget(List.of("b", "nobody"));
    assertThat(ids(buffer.entries())).containsExactly("a", "c");
    assertThat(buffer.bytes()).isEqualTo(2 * 8 * 8 * 3);
  }

  @Test
  void drawsHaveNoRepetitionAndCountVisits() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 50);
    for (int i = 0; i < 50; i++) {
      buffer.offer("i" + i, image(8, i));
    }
    List<String> drawn = ids(buffer.draw(20, 3));
    assertThat(new HashSet<>(drawn)).hasSize(20);
    assertThat(buffer.draw(80, 4)).hasSize(50);
    assertThat(buffer.entries().stream().mapToLong(ReplayEntry::visits).sum()).isEqualTo(70);
    assertThat(ids(buffer.draw(20, 5))).isNotEqualTo(drawn);
  }

  @Test
  void drawsAreUniform() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.FIFO, 10);
    for (int i = 0; i < 10; i++) {
      buffer.offer("i" + i, image(8, i));
    }
    for (int step = 0; step < 4000; step++) {
      buffer.draw(3, step);
    }
    for (ReplayEntry entry : buffer.entries()) {
      assertThat((double) entry.visits()).isCloseTo(1200, within(120.0));
    }
  }

  @Property(tries = 60)
  void aRestoredBufferGoesOnAsTheSavedOne(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 0, max = 4) Integer> actions,
      @ForAll @IntRange(min = 0, max = 59) int saveAt,
      @ForAll ReplaySettings.Policy policy) {
    var settings = new ReplaySettings(policy, 9, 1, 64, 20, 7, 3, 0.5, 1);
    var straight = new ReplayBuffer(settings, 11);
    var resumed = new ReplayBuffer(settings, 11);
    for (int i = 0; i < actions.size(); i++) {
      if (i == saveAt) {
        resumed = ReplayBuffer.restore(settings, 11, resumed.entries(), resumed.offered());
      }
      for (ReplayBuffer buffer : List.of(straight, resumed)) {
        switch (actions.get(i)) {
          case 0 -> buffer.draw(4, i);
          case 1 -> buffer.forget(List.of("i" + (i - 3)));
          case 2 -> buffer.observe(Map.of("i" + (i - 1), feature(i), "i" + (i - 4), feature(-i)));
          case 3 -> buffer.offer("i" + i, image(8 + i, i), feature(3 * i));
          default -> buffer.offer("i" + i, image(8 + i, i));
        }
      }
    }
    assertThat(resumed.offered()).isEqualTo(straight.offered());
    assertThat(resumed.bytes()).isEqualTo(straight.bytes());
    assertThat(facts(resumed)).isEqualTo(facts(straight));
  }

  private static List<String> facts(ReplayBuffer buffer) {
    var out = new ArrayList<String>();
    for (ReplayEntry e : buffer.entries()) {
      out.add(
          e.id()
              + " "
              + e.order()
              + " "
              + e.visits()
              + " "
              + pixels(e).rgb()[0]
              + " "
              + e.group()
              + " "
              + java.util.Arrays.toString(e.feature()));
    }
    return out;
  }

  @Test
  void aSmallerCapacityAfterARestartIsKeptTo() {
    ReplayBuffer large = buffer(ReplaySettings.Policy.RESERVOIR, 30);
    for (int i = 0; i < 30; i++) {
      large.offer("i" + i, image(8, i));
    }
    ReplayBuffer small =
        ReplayBuffer.restore(
            new ReplaySettings(ReplaySettings.Policy.RESERVOIR, 10, 1, 64),
            7,
            large.entries(),
            large.offered());
    assertThat(small.size()).isEqualTo(10);
  }

  @Test
  void settingsNameTheValueAndTheRange() {
    assertThatThrownBy(() -> Spelling.parse(ReplaySettings.Policy.class, "policy", "lifo"))
        .hasMessageContaining(
            "policy is 'lifo': expected one of " + Spelling.all(ReplaySettings.Policy.class));
    assertThatThrownBy(() -> new ReplaySettings(ReplaySettings.Policy.FIFO, 0, 1, 64))
        .hasMessageContaining("images is 0");
  }
}
