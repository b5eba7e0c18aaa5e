package io.millrace.learner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.PixelImage;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ReplayPolicyTest {
  private static final PixelImage IMAGE = new PixelImage(1, 1, new byte[3]);

  private static ReplayBuffer buffer(ReplaySettings.Policy policy, int images) {
    return new ReplayBuffer(
        ReplaySettings.defaults().withRetention(1_000_000, 0).withPolicy(policy, images), 5);
  }

  private static List<String> ids(ReplayBuffer buffer) {
    return buffer.entries().stream().map(ReplayEntry::id).toList();
  }

  private static float[] at(double degrees) {
    double angle = Math.toRadians(degrees);
    return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
  }

  @Property(tries = 40)
  void nearestNeighborsAreThoseOfAScanWhateverTheOrderOfChanges(@ForAll long seed) {
    var random = new Random(seed);
    var neighbors = new NearestNeighbors();
    var literal = new TreeMap<Long, float[]>();
    for (int i = 0; i < 120; i++) {
      long order = random.nextInt(40);
      if (random.nextInt(4) == 0) {
        neighbors.remove(order);
        literal.remove(order);
      } else {
        float[] vector = {random.nextInt(5) - 2, random.nextInt(5) - 2, random.nextInt(3) - 1};
        neighbors.put(order, vector);
        literal.put(order, vector);
      }
      if (random.nextInt(5) == 0) {
        assertThat(neighbors.mostRedundant()).isEqualTo(mostRedundant(literal));
        for (long kept : literal.keySet()) {
          assertThat(neighbors.similarity(kept)).isEqualTo(similarity(literal, kept));
        }
      }
    }
  }

  private static Long nearest(Map<Long, float[]> all, long of) {
    Long best = null;
    for (long other : all.keySet()) {
      if (other != of
          && (best == null || dot(all.get(of), all.get(other)) > dot(all.get(of), all.get(best)))) {
        best = other;
      }
    }
    return best;
  }

  private static float similarity(Map<Long, float[]> all, long of) {
    Long neighbor = nearest(all, of);
    return neighbor == null ? Float.NEGATIVE_INFINITY : dot(all.get(of), all.get(neighbor));
  }

  private static long mostRedundant(Map<Long, float[]> all) {
    long best = -1;
    float highest = Float.NEGATIVE_INFINITY;
    for (long order : all.keySet()) {
      float similar = similarity(all, order);
      if (best < 0 || similar > highest) {
        best = order;
        highest = similar;
      }
    }
    return best;
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  @Test
  void minimumRedundancyDropsTheOlderOfTheClosestPair() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 4);
    buffer.offer("a", IMAGE, at(0));
    buffer.offer("b", IMAGE, at(50));
    buffer.offer("c", IMAGE, at(53));
    buffer.offer("d", IMAGE, at(120));
    buffer.offer("e", IMAGE, at(200));
    assertThat(ids(buffer)).containsExactly("a", "c", "d", "e");
  }

  @Test
  void minimumRedundancyKeepsWhatTheRepresentationHasNotSeen() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 3);
    buffer.offer("unseen", IMAGE);
    buffer.offer("seen", IMAGE, at(0));
    buffer.offer("unseen too", IMAGE);
    buffer.offer("new", IMAGE, at(0));
    assertThat(ids(buffer)).containsExactly("unseen", "unseen too", "new");

    ReplayBuffer blind = buffer(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 1);
    blind.offer("first", IMAGE);
    blind.offer("second", IMAGE);
    assertThat(ids(blind)).containsExactly("first");
  }

  @Test
  void minimumRedundancySpreadsACorrelatedStream() {
    ReplayBuffer redundant = buffer(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 21);
    ReplayBuffer fifo = buffer(ReplaySettings.Policy.FIFO, 20);
    for (int clip = 0; clip < 20; clip++) {
      for (int frame = 0; frame < 30; frame++) {
        float[] feature = at(18 * clip + 0.05 * frame);
        redundant.offer(clip + "." + frame, IMAGE, feature);
        fifo.offer(clip + "." + frame, IMAGE, feature);
      }
    }
    assertThat(clips(redundant)).as("one of each clip").isEqualTo(20);
    assertThat(clips(fifo)).as("the last clip alone").isEqualTo(1);
    assertThat(redundant.health().meanNearestSimilarity())
        .isCloseTo(Math.cos(Math.toRadians(18)), within(0.01));
    assertThat(fifo.health().meanNearestSimilarity()).isNaN();
  }

  private static long clips(ReplayBuffer buffer) {
    return ids(buffer).stream().map(id -> id.substring(0, id.indexOf('.'))).distinct().count();
  }

  @Test
  void featuresAreAveragedOverVisits() {
    ReplayBuffer buffer = buffer(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 3);
    buffer.offer("a", IMAGE, new float[] {3, 0});
    buffer.observe(Map.of("a", new float[] {0, 0.2f}));
    float half = (float) Math.sqrt(0.5);
    assertThat(buffer.entries().get(0).feature())
        .containsExactly(new float[] {half, half}, within(1e-6f));
  }

  @Test
  void centroidBalanceKeepsTheRareKind() {
    var settings =
        new ReplaySettings(ReplaySettings.Policy.CENTROID_BALANCE, 20, 1, 8, 0, 0, 2, 0.5, 1);
    var buffer = new ReplayBuffer(settings, 3);
    var random = new Random(1);
    for (int i = 0; i < 500; i++) {
      boolean rare = i == 1 || i % 25 == 0;
      buffer.offer(
          (rare ? "rare" : "common") + i, IMAGE, at((rare ? 0 : 120) + random.nextGaussian()));
    }
    long rare = ids(buffer).stream().filter(id -> id.startsWith("rare")).count();
    assertThat(rare).as("half, though one in 25 was offered").isBetween(8L, 12L);
  }

  @Test
  void anAgeLimitKeepsAUniformSampleOfTheLatest() {
    int[] keptByQuarter = new int[4];
    for (int seed = 0; seed < 200; seed++) {
      var settings =
          ReplaySettings.defaults()
              .withRetention(100, 0)
              .withPolicy(ReplaySettings.Policy.AGE_LIMIT, 20);
      var buffer = new ReplayBuffer(settings, seed);
      for (int i = 0; i < 400; i++) {
        buffer.offer("i" + i, IMAGE);
      }
      for (ReplayEntry entry : buffer.entries()) {
        keptByQuarter[(int) (entry.order() - 300) / 25]++;
      }
    }
    int least = java.util.Arrays.stream(keptByQuarter).min().orElseThrow();
    int most = java.util.Arrays.stream(keptByQuarter).max().orElseThrow();
    assertThat(most).isLessThan(least * 3 / 2);
  }

  @Test
  void retentionHoldsUnderEveryPolicy() {
    for (ReplaySettings.Policy policy : ReplaySettings.Policy.values()) {
      if (policy == ReplaySettings.Policy.NONE) {
        continue;
      }
      var settings = ReplaySettings.defaults().withRetention(10, 2).withPolicy(policy, 9);
      var buffer = new ReplayBuffer(settings, 3);
      for (int i = 0; i < 30; i++) {
        buffer.offer("i" + i, IMAGE, at(i));
      }
      assertThat(buffer.entries()).as("%s", policy).isNotEmpty();
      assertThat(buffer.entries().get(0).order()).as("%s", policy).isGreaterThanOrEqualTo(20);
      buffer.draw(50, 0);
      buffer.draw(50, 1);
      assertThat(buffer.entries()).as("visited twice under " + policy).isEmpty();
    }
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(
            () -> ReplaySettings.defaults().withPolicy(ReplaySettings.Policy.AGE_LIMIT, 5))
        .hasMessageContaining("maxAge is 0");
    assertThatThrownBy(() -> ReplaySettings.defaults().withRetention(-1, 0))
        .hasMessageContaining("maxAge is -1");
    assertThatThrownBy(() -> ReplaySettings.defaults().withRetention(0, -2))
        .hasMessageContaining("maxVisits is -2");
    assertThatThrownBy(
            () -> new ReplaySettings(ReplaySettings.Policy.FIFO, 1, 1, 8, 0, 0, 1, 0.5, 1))
        .hasMessageContaining("groups is 1");
    assertThatThrownBy(() -> new ReplaySettings(ReplaySettings.Policy.FIFO, 1, 1, 8, 0, 0, 2, 1, 1))
        .hasMessageContaining("featureMomentum is 1.0");
  }
}
