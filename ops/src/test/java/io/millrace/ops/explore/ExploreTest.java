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
import io.millrace.serving.embed.Embedding;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
  private final RecentEmbeddings recent = new RecentEmbeddings(30);
  private final EmbeddingSample sample = new EmbeddingSample(25);

  @Test
  void theMapKeepsTheTwoDirectionsOfLargestVariance() {
    var rows = new ArrayList<float[]>();
    for (int i = 0; i < 9; i++) {
      rows.add(new float[] {5, 10 * (i % 3), 3 * (i / 3), 0.01f * i, -1});
    }
    PcaProjection directions = PcaProjection.of(rows, 2);
    for (int i = 0; i < 9; i++) {
      float[] at = directions.coordinates(rows.get(i));
      assertThat(Math.abs(at[0])).isCloseTo(Math.abs(10 * (i % 3) - 10), within(0.05f));
      assertThat(Math.abs(at[1])).isCloseTo(Math.abs(3 * (i / 3) - 3), within(0.05f));
    }
    assertThat(directions.coordinates(new float[] {5, 20, 3, 0.04f, -1})[0])
        .as("of a row that came later")
        .isCloseTo(directions.coordinates(rows.get(5))[0], within(0.05f));
    assertThat(PcaProjection.of(rows, 6).coordinates(rows.get(3)))
        .as("three directions have variance")
        .endsWith(0, 0, 0);
  }

  @Test
  void aRefreshIsShownOnceItHasCaughtUpAndVersionsNeverMix() {
    assertThat(sample.newest().version()).isZero();
    for (int i = 0; i < 5; i++) {
      sample.put(1, image("a" + i), new float[] {1, 0});
    }
    sample.put(2, image("a0"), new float[] {0, 1, 0});
    assertThat(sample.newest().version()).isEqualTo(1);
    for (int i = 1; i < 4; i++) {
      sample.put(2, image("a" + i), new float[] {0, 1, 0});
    }
    assertThat(sample.newest().version()).as("four of five").isEqualTo(2);
    assertThat(sample.newest().images()).hasSize(4);
    assertThat(sample.newest().vectors()).allMatch(v -> v.length == 3);
    sample.remove("a0");
    assertThat(sample.of(1).images()).hasSize(4);
    assertThat(sample.of(2).images()).hasSize(3);
    sample.remove(1, "a1");
    assertThat(sample.of(1).vector("a1")).isNull();
    assertThat(sample.of(2).vector("a1")).isNotNull();
    sample.put(3, image("a1"), new float[] {1});
    assertThat(sample.versions()).containsExactly(2L, 3L);
    assertThat(sample.image("a4")).as("only version 1 had it").isNull();
    sample.put(1, image("a1"), new float[] {1, 0});
    assertThat(sample.versions()).as("an older version does not come back").doesNotContain(1L);
  }

  @Test
  void theSampleFavorsNoImageAndIsTheSameForEveryVersion() {
    var firstHalf = new double[2];
    var thousand = new EmbeddingSample(1000);
    for (int i = 0; i < 10_000; i++) {
      thousand.put(1, image("image-" + i), new float[] {i});
      thousand.put(1, image("image-" + i), new float[] {i});
    }
    for (int i = 9_999; i >= 0; i--) {
      thousand.put(2, image("image-" + i), new float[] {-i});
    }
    assertThat(thousand.of(1).images()).hasSize(1000).isEqualTo(thousand.of(2).images());
    for (float[] vector : thousand.of(1).vectors()) {
      firstHalf[vector[0] < 5000 ? 0 : 1]++;
    }
    assertThat(firstHalf[0]).as("within four standard deviations").isBetween(437.0, 563.0);
  }

  private static EmbeddedImage image(String id) {
    return new EmbeddedImage(id, "s", null, null, 0, -1);
  }

  @Test
  void aForgottenImageLeavesThePageAndThoseOfARetiredVersionStay() {
    for (int i = 0; i < 2; i++) {
      thumbnails.add(new ThumbnailCache.Image("i" + i, "s", null, disc(i)));
      for (int version = 1; version <= 2; version++) {
        recent.put(version, "i" + i, new float[] {1, 0});
        sample.put(version, image("i" + i), new float[] {1, 0});
      }
    }
    follow(2, tombstone("i0@1"), tombstone("i0@2"), tombstone("i1@1"));
    assertThat(thumbnails.cards()).extracting(ThumbnailCache.Card::id).containsExactly("i1");
    assertThat(recent.vector(2, "i0")).isNull();
    assertThat(recent.vector(2, "i1")).isNotNull();
    assertThat(sample.of(2).images()).extracting(EmbeddedImage::id).containsExactly("i1");
    assertThat(sample.versions()).as("version 1 is retired").containsExactly(2L);
  }

  @Test
  void imagesOfARejectedVersionStay() {
    thumbnails.add(new ThumbnailCache.Image("i0", "s", null, disc(0)));
    for (int version = 1; version <= 2; version++) {
      recent.put(version, "i0", new float[] {1, 0});
      sample.put(version, image("i0"), new float[] {1, 0});
    }
    follow(1, tombstone("i0@2"));
    assertThat(thumbnails.picture("i0")).isPresent();
    assertThat(sample.of(1).images()).extracting(EmbeddedImage::id).containsExactly("i0");
    assertThat(sample.versions()).containsExactly(1L);
  }

  @Test
  void anImageThatComesAgainMayBeAskedFor() {
    follow(1, tombstone("i0@1"));
    var asked = new ThumbnailCache.Image("i0", "s", null, disc(0));
    assertThat(thumbnails.keep(asked)).as("forgotten").isEmpty();
    follow(1, new ConsumerRecord<>("embeddings", 0, 0, utf8("i0@1"), new byte[8]));
    assertThat(thumbnails.keep(asked)).isPresent();
  }

  private static ConsumerRecord<byte[], byte[]> tombstone(String key) {
    return new ConsumerRecord<>("embeddings", 0, 0, utf8(key), null);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Follows a topic that these come to while a version serves. */
  @SafeVarargs
  private void follow(long serves, ConsumerRecord<byte[], byte[]>... records) {
    var stop = new CountDownLatch(1);
    var at = new TopicPartition("embeddings", 0);
    try (var consumer = new MockConsumer<byte[], byte[]>("earliest")) {
      consumer.updatePartitions(
          "embeddings", List.of(new PartitionInfo("embeddings", 0, null, null, null)));
      consumer.updateBeginningOffsets(Map.of(at, 0L));
      consumer.updateEndOffsets(Map.of(at, 0L));
      consumer.schedulePollTask(
          () -> {
            for (int i = 0; i < records.length; i++) {
              consumer.addRecord(
                  new ConsumerRecord<>("embeddings", 0, i, records[i].key(), records[i].value()));
            }
          });
      consumer.schedulePollTask(stop::countDown);
      new FollowEmbeddings("embeddings", recent, sample, thumbnails, version -> version == serves)
          .run(consumer, stop);
    }
  }

  @Test
  void theNearestOfTheMapComeFirstWhereNothingIsSearched() {
    fillCircle(12);
    Explorer.Neighbors near =
        new Neighborhood(thumbnails, sample, recent, () -> null, noFetching()).of("i5");
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
        var fetching =
            new FetchPictures(
                "accepted", () -> new Log(log), decoder, thumbnails, Duration.ofMinutes(1))) {
      for (int i = 0; i < 40; i++) {
        float[] vector = {(float) Math.cos(i * 0.05), (float) Math.sin(i * 0.05)};
        // Compaction has taken i6, and i7's embedding does not say where its image is.
        index.put(new IndexedVector("i" + i, vector, "s", 0, 1, i == 7 ? -1 : i));
      }
      index.refresh();
      var neighborhood = new Neighborhood(thumbnails, sample, recent, () -> index, fetching);
      Explorer.Neighbors near = neighborhood.of("i5");
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
      assertThat(neighborhood.of("i4").near()).hasSize(12);

      thumbnails.add(new ThumbnailCache.Image("new", "s", null, disc(1)));
      Explorer.Neighbors none = neighborhood.of("new");
      assertThat(none.near()).isEmpty();
      assertThat(none.version()).as("which has not embedded it yet").isEqualTo(7);
      assertThat(neighborhood.picture("i30")).as("fetched when somebody looks").isPresent();
      assertThat(neighborhood.picture("i6")).isEmpty();
      assertThat(neighborhood.of("i6").near()).as("without a picture of its own").hasSize(12);
    }
  }

  @Test
  void theNeighborsByTwoVersionsAreAmongTheSameImages() {
    for (int i = 0; i < 20; i++) {
      sample.put(1, image("i" + i), new float[] {(float) Math.cos(i), (float) Math.sin(i)});
      sample.put(2, image("i" + i), new float[] {(float) Math.cos(i * 0.1), 0});
    }
    List<Explorer.Neighbors> both =
        new Neighborhood(thumbnails, sample, recent, () -> null, noFetching()).byVersion("i10");
    assertThat(both).extracting(Explorer.Neighbors::version).containsExactly(1L, 2L);
    assertThat(both).extracting(Explorer.Neighbors::among).containsExactly(20, 20);
    assertThat(both.get(0).near().get(0).id()).as("a turn of 2π is 6.28").isIn("i4", "i16");
    assertThat(both.get(1).near().get(0).id()).isEqualTo("i0");
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
      sample.put(1, image("i" + i), new float[] {(float) Math.cos(angle), (float) Math.sin(angle)});
    }
  }

  @Test
  void theMapDoesNotTurnOver() {
    try (var map = new EmbeddingMap(sample, thumbnails, InstantSource.system())) {
      assertThat(map.map(Explorer.Layout.PCA).points()).isEmpty();
      fillCircle(12);
      Map<String, Double> before = xById(map.map(Explorer.Layout.PCA));
      assertThat(before).hasSize(12);
      sample.remove("i0");
      for (int i = 1; i < 12; i++) {
        sample.put(2, image("i" + i), new float[] {-(float) Math.sin(i * 0.1), 1 - i * 0.01f});
      }
      Explorer.Scatter second = map.map(Explorer.Layout.PCA);
      assertThat(second.version()).isEqualTo(2);
      double same = 0;
      for (Explorer.Point p : second.points()) {
        same += p.x() * before.getOrDefault(p.id(), 0.0);
      }
      assertThat(same).isPositive();
    }
  }

  @Test
  void aPointThatComesLaterFindsItsPlaceAndAForgottenOneIsGoneAtOnce() {
    fillCircle(20);
    try (var map = new EmbeddingMap(sample, thumbnails, InstantSource.system())) {
      Map<String, Double> before = xById(map.map(Explorer.Layout.PCA));
      sample.put(1, image("later"), new float[] {(float) Math.cos(0.55), (float) Math.sin(0.55)});
      sample.remove("i0");
      Map<String, Double> after = xById(map.map(Explorer.Layout.PCA));
      assertThat(after).hasSize(20).doesNotContainKey("i0");
      assertThat(after.get("i9")).isEqualTo(before.get("i9"));
      assertThat(after.get("later"))
          .isBetween(
              Math.min(after.get("i5"), after.get("i6")),
              Math.max(after.get("i5"), after.get("i6")));
    }
  }

  @Test
  void aPictureOfOnesOwnIsProjectedAsTheSampleIs() {
    try (var map = new EmbeddingMap(sample, thumbnails, InstantSource.system())) {
      assertThat(map.place(Explorer.Layout.PCA, 0, new float[2])).as("before any").isEmpty();
      fillCircle(12);
      map.map(Explorer.Layout.PCA);
      for (int i = 0; i < 12; i++) { // the mirror image: its directions are turned to fit
        sample.put(2, image("i" + i), new float[] {-(float) Math.cos(i * 0.1), i * 0.01f});
      }
      for (Explorer.Point point : map.map(Explorer.Layout.PCA).points()) {
        float[] vector = sample.of(2).vector(point.id());
        Explorer.Place own = map.place(Explorer.Layout.PCA, 2, vector).orElseThrow();
        assertThat(own)
            .isEqualTo(new Explorer.Place(2, Explorer.Layout.PCA, point.x(), point.y(), 0));
      }
      assertThat(map.place(Explorer.Layout.PCA, 1, new float[2])).as("an older one").isEmpty();
      assertThat(map.place(Explorer.Layout.PCA, 2, new float[3])).as("of another kind").isEmpty();
      assertThat(map.place(Explorer.Layout.UMAP, 2, new float[2])).as("not laid out").isEmpty();
    }
  }

  @Test
  void theDirectionsFollowASampleThatGrowsByOne() {
    try (var map = new EmbeddingMap(sample, thumbnails, InstantSource.system())) {
      for (int i = 0; i < 25; i++) {
        boolean early = i < 4;
        sample.put(1, image("i" + i), new float[] {early ? i : 0, early ? 0 : 10 * i});
        map.map(Explorer.Layout.PCA);
      }
      Map<String, Double> x = xById(map.map(Explorer.Layout.PCA));
      assertThat(Math.abs(x.get("i24") - x.get("i4")))
          .as("along what varies most now")
          .isCloseTo(200, within(2.0));
    }
  }

  @Test
  void umapParsesGroupsAndIsTheSameForTheSameEmbeddings() {
    var groups = new EmbeddingSample(120);
    for (int i = 0; i < 120; i++) {
      float[] vector = new float[16];
      vector[i % 3] = 1;
      vector[3 + i % 13] = 0.2f + 0.002f * i;
      groups.put(4, image(i % 3 + ":" + i), Embedding.of(vector).vector());
    }
    try (var map = new EmbeddingMap(groups, thumbnails, InstantSource.system())) {
      assertThat(map.map(Explorer.Layout.UMAP).state()).isEqualTo(Explorer.State.COMPUTING);
      await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> map.map(Explorer.Layout.UMAP).state() == Explorer.State.READY);
      List<Explorer.Point> points = map.map(Explorer.Layout.UMAP).points();
      assertThat(points).hasSize(120);
      for (Explorer.Point point : points) {
        Explorer.Point nearest =
            points.stream()
                .filter(p -> p != point)
                .min(
                    Comparator.comparingDouble(
                        p -> Math.hypot(p.x() - point.x(), p.y() - point.y())))
                .orElseThrow();
        assertThat(nearest.id()).startsWith(point.id().substring(0, 2));
      }
      Explorer.Point one = points.get(7);
      float[] vector = groups.of(4).vector(one.id());
      Explorer.Place own = map.place(Explorer.Layout.UMAP, 4, vector).orElseThrow();
      assertThat(own.neighbors()).isEqualTo(15);
      assertThat(Math.hypot(own.x() - one.x(), own.y() - one.y()))
          .as("what is there already gets its own place")
          .isLessThan(0.05);
      float[] later = vector.clone();
      later[15] = 0.05f;
      Explorer.Place near = map.place(Explorer.Layout.UMAP, 4, later).orElseThrow();
      String nearest =
          points.stream()
              .min(Comparator.comparingDouble(p -> Math.hypot(p.x() - near.x(), p.y() - near.y())))
              .orElseThrow()
              .id();
      assertThat(nearest).as("among those most like it").startsWith(one.id().substring(0, 2));
      assertThat(map.place(Explorer.Layout.UMAP, 3, vector)).as("another version").isEmpty();
      MapLayout again = MapLayout.umap(groups.newest());
      assertThat(again.at().get(points.get(0).id())[0])
          .isCloseTo((float) points.get(0).x(), within(1e-3f));
      groups.put(4, image("later"), new float[16]);
      assertThat(map.map(Explorer.Layout.UMAP).without()).isBetween(0, 1);
    }
  }

  @Test
  void aUmapThatFailsIsSaidAndTriedAgain() {
    var groups = new EmbeddingSample(60);
    for (int i = 0; i < 60; i++) {
      groups.put(4, image("i" + i), new float[] {i, 1});
    }
    var fails = new AtomicBoolean(true);
    var now = new AtomicReference<>(Instant.EPOCH);
    Function<EmbeddingSample.Cut, MapLayout> layOut =
        cut -> {
          if (fails.get()) {
            throw new ArithmeticException("no such luck");
          }
          return new MapLayout(4, Map.of("i7", new float[] {1, 2}));
        };
    try (var map = new EmbeddingMap(groups, thumbnails, now::get, layOut)) {
      Supplier<Explorer.State> state = () -> map.map(Explorer.Layout.UMAP).state();
      await().until(() -> state.get() == Explorer.State.FAILED);
      assertThat(map.map(Explorer.Layout.PCA).points()).hasSize(60);
      fails.set(false);
      now.updateAndGet(t -> t.plusSeconds(60));
      await().until(() -> state.get() == Explorer.State.READY);
      assertThat(map.map(Explorer.Layout.UMAP).points()).hasSize(1);
    }
  }

  private static Map<String, Double> xById(Explorer.Scatter map) {
    return map.points().stream().collect(Collectors.toMap(Explorer.Point::id, Explorer.Point::x));
  }

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
            sample,
            recent,
            () -> null,
            noFetching(),
            Methods.defaults("obow"),
            manifest.preprocessing(),
            1,
            new ReleaseReader(folder),
            () -> manifest,
            version -> version == manifest.version() ? manifest : null,
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

      Explorer.Traits traits = exploring.release(manifest.version()).orElseThrow();
      assertThat(traits.metrics()).isEqualTo(manifest.monitors());
      assertThat(traits.data())
          .containsEntry("method", "obow")
          .containsEntry("updates", Long.toString(manifest.step()));
      assertThat(traits.settings())
          .containsEntry("preprocessing.size", Integer.toString(manifest.preprocessing().size()))
          .containsEntry("engine.engine", "torch")
          .doesNotContainKey("recipe");
      assertThat(exploring.release(manifest.version() + 1)).isEmpty();

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
