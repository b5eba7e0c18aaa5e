package io.millrace.ops.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.learner.method.Methods;
import io.millrace.learner.method.ModelSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.Gallery;
import io.millrace.ops.it.ReleasedModels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExploreTest {
  @TempDir Path folder;

  private final Gallery gallery = new Gallery(24, 40);
  private final RecentEmbeddings embeddings = new RecentEmbeddings(30);

  @Test
  void theMapKeepsTheTwoDirectionsOfLargestVariance() {
    var rows = new ArrayList<float[]>();
    for (int i = 0; i < 9; i++) {
      rows.add(new float[] {5, 10 * (i % 3), 3 * (i / 3), 0.01f * i, -1});
    }
    double[][] at = Plane.project(rows);
    for (int i = 0; i < 9; i++) {
      assertThat(Math.abs(at[i][0])).isCloseTo(Math.abs(10 * (i % 3) - 10), within(0.05));
      assertThat(Math.abs(at[i][1])).isCloseTo(Math.abs(3 * (i / 3) - 3), within(0.05));
    }
    assertThat(Plane.project(rows.subList(0, 2))).isDeepEqualTo(new double[2][2]);
  }

  @Test
  void aRefreshIsShownOnceItHasCaughtUpAndVersionsNeverMix() {
    for (int i = 0; i < 5; i++) {
      embeddings.put(1, "a" + i, new float[] {1, 0});
    }
    embeddings.put(2, "a0", new float[] {0, 1});
    assertThat(embeddings.sample().version()).isEqualTo(1);
    for (int i = 0; i < 5; i++) {
      embeddings.put(2, "a" + i, new float[] {0, 1});
    }
    assertThat(embeddings.sample().version()).isEqualTo(2);
    assertThat(embeddings.sample().vectors()).hasSize(5);
    embeddings.remove(2, "a0");
    assertThat(embeddings.sample().version()).as("one image was forgotten").isEqualTo(2);
    for (int i = 0; i < 100; i++) {
      embeddings.put(3, "b" + i, new float[] {0, 1});
    }
    assertThat(embeddings.sample().vectors()).hasSize(30).containsKey("b99");
  }

  @Test
  void aForgottenImageLeavesThePageAndThoseOfARetiredVersionStay() {
    gallery.add("i0", "s", null, disc(0));
    gallery.add("i1", "s", null, disc(1));
    for (String id : List.of("i0", "i1")) {
      embeddings.put(1, id, new float[] {1, 0});
      embeddings.put(2, id, new float[] {1, 0});
    }
    var stop = new CountDownLatch(1);
    var at = new TopicPartition("embeddings", 0);
    try (var consumer = new MockConsumer<byte[], byte[]>("earliest")) {
      consumer.updatePartitions(
          "embeddings", List.of(new PartitionInfo("embeddings", 0, null, null, null)));
      consumer.updateBeginningOffsets(Map.of(at, 0L));
      consumer.updateEndOffsets(Map.of(at, 0L));
      consumer.schedulePollTask(
          () -> {
            List<String> tombstones = List.of("i0@1", "i0@2", "i1@1");
            for (int i = 0; i < tombstones.size(); i++) {
              byte[] key = tombstones.get(i).getBytes(StandardCharsets.UTF_8);
              consumer.addRecord(new ConsumerRecord<>("embeddings", 0, i, key, null));
            }
          });
      consumer.schedulePollTask(stop::countDown);
      new FollowEmbeddings("embeddings", embeddings, gallery::remove).run(consumer, stop);
    }
    assertThat(gallery.cards()).extracting(Gallery.Card::id).containsExactly("i1");
    assertThat(embeddings.sample().vectors()).containsOnlyKeys("i1");
  }

  @Test
  void theNearestComeFirstAndTheMapDoesNotTurnOver() {
    var map = new EmbeddingMap(gallery, embeddings, InstantSource.system());
    assertThat(map.map().points()).isEmpty();
    for (int i = 0; i < 12; i++) {
      gallery.add("i" + i, "s", null, disc(i));
      double angle = i * 0.1;
      embeddings.put(1, "i" + i, new float[] {(float) Math.cos(angle), (float) Math.sin(angle)});
    }
    Gallery.Picture middle =
        gallery.pictures().stream().filter(p -> p.id().equals("i5")).findFirst().orElseThrow();
    Explorer.Neighbours near = map.neighbours(middle);
    assertThat(near.near().subList(0, 2))
        .extracting(n -> n.picture().id())
        .containsExactlyInAnyOrder("i4", "i6");
    assertThat(near.near().get(0).cosine()).isCloseTo(Math.cos(0.1), within(1e-6));
    var fresh = new EmbeddingMap(gallery, embeddings, () -> now[0]);
    Explorer.Map first = fresh.map();
    embeddings.remove(1, "i0");
    now[0] = now[0].plusSeconds(11);
    Explorer.Map second = fresh.map();
    assertThat(second.points()).hasSize(11);
    for (Explorer.Point p : second.points()) {
      Explorer.Point before =
          first.points().stream()
              .filter(q -> q.picture().number() == p.picture().number())
              .findFirst()
              .orElseThrow();
      assertThat(p.x()).isCloseTo(before.x(), within(0.15));
    }
  }

  private final java.time.Instant[] now = {java.time.Instant.EPOCH};

  @Test
  void wordsComeWithThePatchesThatFireThem() throws Exception {
    for (int i = 0; i < 20; i++) {
      gallery.add("i" + i, "s", null, disc(i));
    }
    var log = new MemoryReleaseLog();
    ReleaseManifest manifest;
    try (Engine engine = engine()) {
      manifest = ReleasedModels.release("obow", engine, log, folder);
    }
    try (var exploring =
        new Exploring(
            gallery,
            embeddings,
            Methods.defaults("obow"),
            manifest.preprocessing(),
            1,
            new ReleaseReader(folder),
            () -> manifest,
            ExploreTest::engine,
            InstantSource.system())) {
      assertThat(exploring.words().state()).isEqualTo("computing");
      await().atMost(60, TimeUnit.SECONDS).until(() -> exploring.words().state().equals("ready"));
      Explorer.Words words = exploring.words();
      assertThat(words.pictures()).isEqualTo(20);
      assertThat(words.levels()).isNotEmpty();
      for (Explorer.Level level : words.levels()) {
        assertThat(level.used()).isBetween(1, level.size());
        assertThat(level.words()).isSortedAccordingTo((a, b) -> Long.compare(b.fires(), a.fires()));
        var strip =
            ImageIO.read(
                new ByteArrayInputStream(
                    exploring.patches(level.name(), level.words().get(0).word()).orElseThrow()));
        assertThat(strip.getWidth()).isEqualTo(8 * 52 - 4);
      }
      assertThat(exploring.patches("layer9", 0)).isEmpty();

      var views =
          ImageIO.read(
              new ByteArrayInputStream(exploring.views(gallery.pictures().get(0)).orElseThrow()));
      assertThat(views.getWidth()).isEqualTo(6 * 100 - 4);
    }
  }

  @Test
  void everyMethodsViewsAreFoundOrNone() {
    for (String name : Methods.names()) {
      new LearnerViews(Methods.defaults(name), ModelSettings.defaults().preprocessing(), 1);
    }
    assertThat(
            new LearnerViews(Methods.defaults("byol"), ModelSettings.defaults().preprocessing(), 1)
                .any())
        .isTrue();
  }

  private static Engine engine() {
    return Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
  }

  private static BufferedImage disc(int n) {
    var image = new BufferedImage(40, 32, BufferedImage.TYPE_INT_RGB);
    var graphics = image.createGraphics();
    graphics.setColor(Color.getHSBColor(n * 0.13f, 0.5f, 0.9f));
    graphics.fillRect(0, 0, 40, 32);
    graphics.setColor(Color.getHSBColor(n * 0.29f, 0.9f, 0.5f));
    graphics.fillOval(6 + n % 9, 5, 18, 16);
    graphics.dispose();
    return image;
  }
}
