package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.image.ImageOrigin;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.stream.ImageHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PublisherTest {
  private static final PublishTarget TARGET = new PublishTarget("raw", "positions");

  /** What read_committed readers see, over several publishers. */
  private final List<ProducerRecord<String, byte[]>> log = new ArrayList<>();

  private final Counts counts = new Counts();
  private final FakePace pace = new FakePace();
  private final List<PublishProgress> progress = new ArrayList<>();
  private LagProbe lag = LagProbe.NONE;
  private String topicId = "topic-1";

  /** Images whose bytes are their number. */
  private static class NumberedSource implements ImageSource {
    private final long count;
    private final String fingerprint;
    private final IntPredicate unreadable;

    NumberedSource(long count, String fingerprint, IntPredicate unreadable) {
      this.count = count;
      this.fingerprint = fingerprint;
      this.unreadable = unreadable;
    }

    static NumberedSource of(long count) {
      return new NumberedSource(count, "f", i -> false);
    }

    @Override
    public String name() {
      return "numbers";
    }

    @Override
    public String fingerprint() {
      return fingerprint;
    }

    @Override
    public ImageSet stream() {
      return new ImageSet() {
        @Override
        public long count() {
          return count;
        }

        @Override
        public ImageRecord read(long index) throws IOException {
          if (unreadable.test((int) index)) {
            throw new IOException("gone");
          }
          return new ImageRecord(
              "id-" + index,
              String.valueOf(index).getBytes(StandardCharsets.UTF_8),
              new ImageOrigin("/s", ImageHeaders.TYPE_IMAGE, Instant.EPOCH, "p" + index, "cat"));
        }

        @Override
        public String label(long index) {
          return "cat";
        }

        @Override
        public String place(long index) {
          return "numbers/" + index;
        }
      };
    }

    @Override
    public ImageSet heldOut() {
      throw new AssertionError("the publisher never touches what is held out");
    }

    @Override
    public List<String> labels() {
      return List.of("cat");
    }

    @Override
    public long skipped() {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static final class Counts implements SourceMetrics {
    private long images;
    private long bytes;
    private long tooLarge;
    private long unreadable;
    private int aborted;
    private long waitedNanos;

    @Override
    public void committed(int published, long size, long tooLargeForBroker, long notRead) {
      images += published;
      bytes += size;
      tooLarge += tooLargeForBroker;
      unreadable += notRead;
    }

    @Override
    public void transactionAborted() {
      aborted++;
    }

    @Override
    public void waitedForLag(long nanos) {
      waitedNanos += nanos;
    }
  }

  /** Time moves only by sleeping, and by a microsecond for every look at it. */
  private static final class FakePace implements Pace {
    private long now;

    @Override
    public long nanoTime() {
      return now += 1_000;
    }

    @Override
    public void sleep(long nanos, CountDownLatch stop) {
      now += nanos;
    }
  }

  /** Adds what it commits to the log; fails where told. */
  private class LoggingProducer extends MockProducer<String, byte[]> {
    private final Map<Integer, RuntimeException> failures = new HashMap<>();
    private int commits;

    LoggingProducer() {
      super(true, null, new StringSerializer(), new ByteArraySerializer());
    }

    @Override
    public void commitTransaction() {
      RuntimeException failure = failures.get(++commits);
      if (failure != null) {
        throw failure;
      }
      super.commitTransaction();
      log.addAll(history());
      clear();
    }
  }

  private @Nullable PublishPosition lastPosition(String source) {
    PublishPosition last = null;
    for (ProducerRecord<String, byte[]> sent : log) {
      if (sent.topic().equals("positions") && sent.key().equals(source)) {
        try {
          last = PublishPosition.fromJson(sent.value());
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
    return last;
  }

  private Publisher publisher(
      ImageSource source, PublishSettings settings, LoggingProducer producer) {
    return new Publisher(
        source,
        TARGET,
        new TargetFacts(topicId, 10_000),
        settings,
        producer,
        this::lastPosition,
        lag,
        counts,
        progress::add,
        pace);
  }

  private static PublishSettings settings(PublishOrder order, long seed, int transactionImages) {
    return new PublishSettings(
        order,
        seed,
        0,
        100,
        Duration.ofMillis(500),
        transactionImages,
        Duration.ofMillis(200),
        10_000,
        false);
  }

  private List<Integer> published() {
    return log.stream()
        .filter(sent -> sent.topic().equals("raw"))
        .map(sent -> Integer.valueOf(new String(sent.value(), StandardCharsets.UTF_8)))
        .toList();
  }

  @Test
  void aSourceIsPublishedOnceToItsEndInItsOwnOrder() throws Exception {
    try (Publisher publisher =
        publisher(
            NumberedSource.of(10), settings(PublishOrder.AS_IS, 1, 4), new LoggingProducer())) {
      PublishReport report = publisher.run();

      assertThat(report).isEqualTo(new PublishReport(10, 10, 0, 0, 10, 10));
      assertThat(report.complete()).isTrue();
    }
    assertThat(published()).containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
    assertThat(counts.images).isEqualTo(10);
    assertThat(progress).hasSize(3);
    assertThat(progress.get(2).done()).isEqualTo(10);
    assertThat(progress.get(0).remaining()).isNotNull();

    try (Publisher again =
        publisher(
            NumberedSource.of(10), settings(PublishOrder.AS_IS, 1, 4), new LoggingProducer())) {
      assertThat(again.run().published()).isZero();
    }
    assertThat(published()).hasSize(10);
  }

  @Test
  void aRecordKeepsTheContract() throws Exception {
    try (Publisher publisher =
        publisher(
            NumberedSource.of(1), settings(PublishOrder.AS_IS, 1, 4), new LoggingProducer())) {
      publisher.run();
    }
    ProducerRecord<String, byte[]> sent = log.get(0);
    assertThat(sent.key()).isEqualTo("id-0");
    Map<String, String> headers = new HashMap<>();
    for (Header header : sent.headers()) {
      headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    }
    assertThat(headers)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "ce_specversion", "1.0",
                "ce_id", "id-0",
                "ce_source", "/s",
                "ce_type", "io.millrace.image",
                "ce_time", "1970-01-01T00:00:00Z",
                "ce_subject", "p0",
                "ce_label", "cat",
                "content-type", "application/octet-stream"));
  }

  @Property(tries = 60)
  void whereverItIsStoppedOrFailsEachImageIsSeenOnceAndInTheSameOrder(
      @ForAll @IntRange(min = 1, max = 60) int count,
      @ForAll @IntRange(min = 1, max = 9) int transactionImages,
      @ForAll @IntRange(min = 2, max = 5) int dyingCommit,
      @ForAll long seed)
      throws Exception {
    PublisherTest world = new PublisherTest();
    PublishSettings settings = settings(PublishOrder.SHUFFLED, seed, transactionImages);
    boolean complete = false;
    for (int run = 0; run < 200 && !complete; run++) {
      LoggingProducer producer = world.new LoggingProducer();
      // A process that dies in its last commit, after one that only fails.
      producer.failures.put(1, new KafkaException("a broker is away"));
      producer.failures.put(dyingCommit + 1, new ProducerFencedException("died"));
      try (Publisher publisher = world.publisher(NumberedSource.of(count), settings, producer)) {
        complete = publisher.run().complete();
      } catch (PublishException e) {
        assertThat(e).hasMessageContaining("another publisher of numbers");
      }
    }
    ShuffledOrder order = new ShuffledOrder(seed, count);
    List<Integer> expected =
        IntStream.range(0, count).mapToObj(i -> (int) order.indexOf(i)).toList();
    assertThat(world.published()).isEqualTo(expected);
  }

  /** What was being sent fails for its old epoch, and then there is nothing to abort. */
  @Test
  void aPublisherThatHearsOfAnotherAtTheAbortSaysSo() {
    for (var atAbort :
        List.of(
            new ProducerFencedException("newer"),
            new InvalidProducerEpochException("old"),
            new InvalidTxnStateException("ended by another"))) {
      LoggingProducer producer = new LoggingProducer();
      producer.failures.put(1, new KafkaException("an error state"));
      producer.abortTransactionException = atAbort;
      try (Publisher publisher =
          publisher(NumberedSource.of(3), settings(PublishOrder.AS_IS, 1, 4), producer)) {
        assertThatThrownBy(publisher::run)
            .as(atAbort.toString())
            .isInstanceOf(PublishException.class)
            .hasMessageContaining("another publisher of numbers");
      }
    }
  }

  @Test
  void aCommitWithoutAnswerIsAskedAgain() throws Exception {
    LoggingProducer producer = new LoggingProducer();
    producer.failures.put(1, new TimeoutException("no answer"));
    try (Publisher publisher =
        publisher(NumberedSource.of(3), settings(PublishOrder.AS_IS, 1, 4), producer)) {
      publisher.run();
    }
    assertThat(published()).containsExactly(0, 1, 2);
    assertThat(counts.aborted).isZero();
  }

  @Test
  void itGivesUpWhenKafkaFailsAgainAndAgain() {
    LoggingProducer producer = new LoggingProducer();
    for (int i = 1; i <= 6; i++) {
      producer.failures.put(i, new KafkaException("a broker is away"));
    }
    try (Publisher publisher =
        publisher(NumberedSource.of(3), settings(PublishOrder.AS_IS, 1, 4), producer)) {
      assertThatThrownBy(publisher::run)
          .isInstanceOf(PublishException.class)
          .hasMessageContaining("a broker is away");
    }
    assertThat(counts.aborted).isEqualTo(5);
    assertThat(published()).isEmpty();
  }

  @Test
  void imagesThatCanNotBePublishedAreCountedAndPassedOver() throws Exception {
    NumberedSource source = new NumberedSource(20, "f", i -> i % 5 == 0);
    PublishSettings small =
        new PublishSettings(
            PublishOrder.AS_IS,
            1,
            0,
            0,
            Duration.ofSeconds(1),
            5,
            Duration.ofSeconds(1),
            10_000,
            false);
    try (Publisher publisher = publisher(source, small, new LoggingProducer())) {
      assertThat(publisher.run()).isEqualTo(new PublishReport(16, 24, 0, 4, 20, 20));
    }
    assertThat(counts.unreadable).isEqualTo(4);
    assertThat(published()).hasSize(16);
  }

  @Test
  void anImageLargerThanARecordIsCountedAndPassedOver() throws Exception {
    ImageSource large =
        new NumberedSource(3, "f", i -> false) {
          @Override
          public ImageSet stream() {
            ImageSet plain = super.stream();
            return new ImageSet() {
              @Override
              public long count() {
                return plain.count();
              }

              @Override
              public ImageRecord read(long index) throws IOException {
                ImageRecord image = plain.read(index);
                return index == 1
                    ? new ImageRecord(image.id(), new byte[9_900], image.origin())
                    : image;
              }

              @Override
              public @Nullable String label(long index) {
                return plain.label(index);
              }

              @Override
              public String place(long index) {
                return plain.place(index);
              }
            };
          }
        };
    try (Publisher publisher =
        publisher(large, settings(PublishOrder.AS_IS, 1, 4), new LoggingProducer())) {
      assertThat(publisher.run().tooLargeForBroker()).isEqualTo(1);
    }
    assertThat(published()).containsExactly(0, 2);
    assertThat(counts.tooLarge).isEqualTo(1);
  }

  @Test
  void otherContentOrderOrSeedIsRefusedAndStartOverIsNot() throws Exception {
    try (Publisher publisher =
        publisher(
            NumberedSource.of(3), settings(PublishOrder.SHUFFLED, 1, 4), new LoggingProducer())) {
      publisher.run();
    }
    assertRefused(new NumberedSource(3, "g", i -> false), PublishOrder.SHUFFLED, 1, "content f");
    assertRefused(NumberedSource.of(3), PublishOrder.AS_IS, 1, "order SHUFFLED, and has order AS");
    assertRefused(NumberedSource.of(3), PublishOrder.SHUFFLED, 2, "seed 1, and has seed 2");

    PublishSettings over =
        new PublishSettings(
            PublishOrder.AS_IS,
            1,
            0,
            0,
            Duration.ofSeconds(1),
            5,
            Duration.ofSeconds(1),
            10_000,
            true);
    try (Publisher publisher = publisher(NumberedSource.of(3), over, new LoggingProducer())) {
      assertThat(publisher.run().published()).isEqualTo(3);
    }
  }

  private void assertRefused(ImageSource source, PublishOrder order, long seed, String message) {
    try (Publisher publisher = publisher(source, settings(order, seed, 4), new LoggingProducer())) {
      assertThatThrownBy(publisher::run)
          .isInstanceOf(PublishException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void aTopicMadeAgainIsPublishedToFromTheStart() throws Exception {
    for (String id : List.of("topic-1", "topic-2")) {
      topicId = id;
      try (Publisher publisher =
          publisher(
              NumberedSource.of(3), settings(PublishOrder.AS_IS, 1, 4), new LoggingProducer())) {
        assertThat(publisher.run().published()).isEqualTo(3);
      }
    }
  }

  @Test
  void theRateLimitHolds() throws Exception {
    PublishSettings tenPerSecond =
        new PublishSettings(
            PublishOrder.AS_IS,
            1,
            10,
            0,
            Duration.ofSeconds(1),
            500,
            Duration.ofMillis(300),
            10_000,
            false);
    long start = pace.now;
    try (Publisher publisher =
        publisher(NumberedSource.of(51), tenPerSecond, new LoggingProducer())) {
      publisher.run();
    }
    assertThat((pace.now - start) / 1e9).isBetween(5.0, 5.1);
    assertThat(published()).hasSize(51);
    long commits = log.stream().filter(sent -> sent.topic().equals("positions")).count();
    assertThat(commits).as("commits in five seconds").isBetween(13L, 26L);
  }

  @Test
  void itWaitsWhileConsumersAreBehindAndGoesOnWhenTheLagCanNotBeTold() throws Exception {
    List<OptionalLong> answers =
        new ArrayList<>(
            List.of(
                OptionalLong.of(101),
                OptionalLong.of(500),
                OptionalLong.of(100),
                OptionalLong.empty()));
    lag = () -> answers.size() > 1 ? answers.remove(0) : answers.get(0);
    try (Publisher publisher =
        publisher(
            NumberedSource.of(10), settings(PublishOrder.AS_IS, 1, 4), new LoggingProducer())) {
      assertThat(publisher.run().complete()).isTrue();
    }
    assertThat(counts.waitedNanos / 1e9).isBetween(1.0, 1.01);
  }

  @Test
  void stoppedWhileItWaitsItReturns() throws Exception {
    Publisher[] own = new Publisher[1];
    lag =
        () -> {
          own[0].stop();
          return OptionalLong.of(1_000_000);
        };
    own[0] =
        publisher(
            NumberedSource.of(ImageSet.UNBOUNDED),
            settings(PublishOrder.SHUFFLED, 1, 4),
            new LoggingProducer());
    try (Publisher publisher = own[0]) {
      assertThat(publisher.run().complete()).isFalse();
    }
    assertThat(published()).isEmpty();
  }

  @Test
  void aSourceWithoutEndIsShuffledInBlocksAndStopsWhenTold() throws Exception {
    Publisher[] own = new Publisher[1];
    own[0] =
        new Publisher(
            NumberedSource.of(ImageSet.UNBOUNDED),
            TARGET,
            new TargetFacts(topicId, 10_000),
            settings(PublishOrder.SHUFFLED, 1, 4),
            new LoggingProducer(),
            this::lastPosition,
            lag,
            counts,
            now -> {
              assertThat(now.remaining()).isNull();
              if (now.done() == 12) {
                own[0].stop();
              }
            },
            pace);
    try (Publisher publisher = own[0]) {
      assertThat(publisher.run().published()).isEqualTo(12);
    }
    ShuffledOrder order = new ShuffledOrder(1, ImageSet.UNBOUNDED);
    assertThat(published())
        .containsExactlyElementsOf(
            IntStream.range(0, 12).mapToObj(i -> (int) order.indexOf(i)).toList());
  }
}
