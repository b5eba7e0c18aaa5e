package io.millrace.ops.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.ops.it.ReleasedModels;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExploreTest {
  @TempDir Path folder;

  private final ThumbnailCache thumbnails = new ThumbnailCache(24, 40);
  private final RecentEmbeddings embeddings = new RecentEmbeddings(30);

  @Test
  void theMapKeepsTheTwoDirectionsOfLargestVariance() {
    var rows = new ArrayList<float[]>();
    for (int i = 0; i < 9; i++) {
      rows.add(new float[] {5, 10 * (i % 3), 3 * (i / 3), 0.01f * i, -1});
    }
    double[][] at = PcaProjection.project(rows);
    for (int i = 0; i < 9; i++) {
      assertThat(Math.abs(at[i][0])).isCloseTo(Math.abs(10 * (i % 3) - 10), within(0.05));
      assertThat(Math.abs(at[i][1])).isCloseTo(Math.abs(3 * (i / 3) - 3), within(0.05));
    }
    assertThat(PcaProjection.project(rows.subList(0, 2))).isDeepEqualTo(new double[2][2]);
  }

  @Test
  void aRefreshIsShownOnceItHasCaughtUpAndVersionsNeverMix() {
    for (int i = 0; i < 5; i++) {
      embeddings.put(1, "a" + i, new float[] {1, 0});
    }
    List<String> ids = List.of("a0", "a1", "a2", "a3", "a4");
    assertThat(embeddings.sample(List.of()).version()).isZero();
    embeddings.put(2, "a0", new float[] {0, 1});
    for (int i = 0; i < 20; i++) {
      embeddings.put(2, "older" + i, new float[] {0, 1});
    }
    assertThat(embeddings.sample(ids).version()).isEqualTo(1);
    for (int i = 0; i < 5; i++) {
      embeddings.put(2, "a" + i, new float[] {0, 1});
    }
    assertThat(embeddings.sample(ids).version()).isEqualTo(2);
    assertThat(embeddings.sample(ids).vectors()).containsOnlyKeys(ids);
    embeddings.remove(2, "a0");
    assertThat(embeddings.sample(ids).version()).as("one image was forgotten").isEqualTo(2);
    for (int i = 0; i < 100; i++) {
      embeddings.put(3, "b" + i, new float[] {0, 1});
    }
    assertThat(embeddings.sample(List.of("b99", "b69")).vectors()).containsOnlyKeys("b99");
  }

  @Test
  void aForgottenImageLeavesThePageAndThoseOfARetiredVersionStay() {
    thumbnails.add(new ThumbnailCache.Image("i0", "s", null, disc(0)));
    thumbnails.add(new ThumbnailCache.Image("i1", "s", null, disc(1)));
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
      new FollowEmbeddings("embeddings", embeddings, thumbnails::remove).run(consumer, stop);
    }
    assertThat(thumbnails.cards()).extracting(ThumbnailCache.Card::id).containsExactly("i1");
    assertThat(embeddings.sample(List.of("i0", "i1")).vectors()).containsOnlyKeys("i1");
  }

  @Test
  void theNearestOfTheNewestComeFirstWhereNothingIsSearched() {
    fillCircle(12);
    Explorer.Neighbors near =
        new Neighborhood(thumbnails, embeddings, () -> null, noFetching()).of(pictureOf("i5"));
    assertThat(near.whole()).isFalse();
    assertThat(near.among()).isEqualTo(12);
    assertThat(near.near().subList(0, 2))
        .extracting(Explorer.Near::id)
        .containsExactlyInAnyOrder("i4", "i6");
    assertThat(near.near().get(0).cosine()).isCloseTo(Math.cos(0.1), within(1e-6));
    assertThat(near.near().get(0).picture()).isNotNull();
  }

  @Test
  void theNearestOfTheWholeGalleryComeWithTheirPicturesFromTheLog() throws Exception {
    thumbnails.add(new ThumbnailCache.Image("i5", "s", null, disc(5)));
    var log = new TopicPartition("accepted", 1);
    var settings = SearchSettings.defaults();
    var version = new ModelVersion("m", 7);
    try (var decoder = new ImageDecoder(DecodeLimits.defaults());
        var index = VectorIndex.open(folder.resolve("index"), version, "log", settings, 0);
        var fetching = new FetchPictures("accepted", () -> new Log(log), decoder, thumbnails)) {
      for (int i = 0; i < 40; i++) {
        float[] vector = {(float) Math.cos(i * 0.05), (float) Math.sin(i * 0.05)};
        // Compaction has taken i6, and i7's embedding does not say where its image is.
        index.put(new IndexedVector("i" + i, vector, "s", 0, 1, i == 7 ? -1 : i));
      }
      index.refresh();
      var neighborhood = new Neighborhood(thumbnails, embeddings, () -> index, fetching);
      Explorer.Neighbors near = neighborhood.of(pictureOf("i5"));
      assertThat(near.version()).isEqualTo(7);
      assertThat(near.whole()).isTrue();
      assertThat(near.among()).isEqualTo(40);
      assertThat(near.near()).hasSize(12);
      assertThat(near.near().subList(0, 4))
          .extracting(Explorer.Near::id)
          .containsExactlyInAnyOrder("i3", "i4", "i6", "i7");
      for (Explorer.Near one : near.near()) {
        assertThat(one.picture() == null)
            .as(one.id())
            .isEqualTo(List.of("i6", "i7").contains(one.id()));
      }
      ThumbnailCache.Card fetched =
          thumbnails.picture("i4").map(ThumbnailCache.Card::of).orElseThrow();
      assertThat(fetched.width()).as("of the image itself").isEqualTo(400);
      assertThat(fetched.label()).isEqualTo("label 4");
      assertThat(thumbnails.cards()).as("the newest are not mixed with these").hasSize(1);
      assertThat(neighborhood.of(thumbnails.picture("i4").orElseThrow()).near()).hasSize(12);

      thumbnails.add(new ThumbnailCache.Image("new", "s", null, disc(1)));
      Explorer.Neighbors none = neighborhood.of(pictureOf("new"));
      assertThat(none.near()).isEmpty();
      assertThat(none.version()).as("which has not embedded it yet").isEqualTo(7);
    }
  }

  /** Images 0 to 39 but the sixth, at offsets of the same numbers; there at every poll. */
  private static final class Log extends MockConsumer<byte[], byte[]> {
    private final TopicPartition at;

    Log(TopicPartition at) {
      super("none");
      this.at = at;
      updateBeginningOffsets(Map.of(at, 0L));
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration wait) {
      byte[] jpeg = jpeg();
      for (int i = 0; i < 40; i++) {
        if (i != 6) {
          addRecord(record(at, i, jpeg));
        }
      }
      return super.poll(wait);
    }
  }

  private static ConsumerRecord<byte[], byte[]> record(TopicPartition at, int i, byte[] bytes) {
    var record =
        new ConsumerRecord<>(
            at.topic(), at.partition(), i, ("i" + i).getBytes(StandardCharsets.UTF_8), bytes);
    record.headers().add("ce_label", ("label " + i).getBytes(StandardCharsets.UTF_8));
    return record;
  }

  private static byte[] jpeg() {
    var image = new BufferedImage(400, 300, BufferedImage.TYPE_INT_RGB);
    var out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "jpg", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private ThumbnailCache.Picture pictureOf(String id) {
    return thumbnails.picture(id).orElseThrow();
  }

  private FetchPictures noFetching() {
    return new FetchPictures(
        "accepted",
        () -> {
          throw new AssertionError("nothing to fetch");
        },
        null,
        thumbnails);
  }

  private void fillCircle(int images) {
    for (int i = 0; i < images; i++) {
      thumbnails.add(new ThumbnailCache.Image("i" + i, "s", null, disc(i)));
      double angle = i * 0.1;
      embeddings.put(1, "i" + i, new float[] {(float) Math.cos(angle), (float) Math.sin(angle)});
    }
  }

  @Test
  void theMapDoesNotTurnOver() {
    var vectors = new PictureVectors(embeddings, () -> null);
    assertThat(new EmbeddingMap(thumbnails, vectors, InstantSource.system()).map().points())
        .isEmpty();
    fillCircle(12);
    var map = new EmbeddingMap(thumbnails, vectors, () -> now[0]);
    Explorer.Scatter first = map.map();
    embeddings.remove(1, "i0");
    now[0] = now[0].plusSeconds(11);
    Explorer.Scatter second = map.map();
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
      thumbnails.add(new ThumbnailCache.Image("i" + i, "s", null, disc(i)));
    }
    var log = new MemoryReleaseLog();
    ReleaseManifest manifest;
    try (Engine engine = engine()) {
      manifest = ReleasedModels.release("obow", engine, log, folder);
    }
    try (var exploring =
        new StreamExplorer(
            thumbnails,
            embeddings,
            () -> null,
            noFetching(),
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
              new ByteArrayInputStream(
                  exploring.views(thumbnails.pictures().get(0)).orElseThrow()));
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
