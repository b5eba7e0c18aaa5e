package io.millrace.ingest.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** One log gives one sequence of batches, however it is fetched and wherever it is stopped. */
class FeedPropertyTest {
  private static final int PARTITIONS = 3;
  private static final Duration QUIET = Duration.ofNanos(50_000);

  /** A record to write. */
  record Entry(int partition, int kind, int id, int content) {
    void write(ScriptedLog log) {
      switch (kind) {
        case 0 -> log.marker(partition);
        case 1 -> log.forget(partition, "i" + id);
        default -> log.append(partition, "i" + id, "" + content);
      }
    }
  }

  @Provide
  Arbitrary<List<Entry>> entries() {
    return Combinators.combine(
            Arbitraries.integers().between(0, PARTITIONS - 1),
            Arbitraries.integers().between(0, 6),
            Arbitraries.integers().between(0, 9),
            Arbitraries.integers().between(0, 15))
        .as(Entry::new)
        .list()
        .ofMaxSize(50);
  }

  @Property(tries = 150)
  void pollsDoNotMatter(
      @ForAll("entries") List<Entry> entries,
      @ForAll @IntRange(min = 1, max = 6) int size,
      @ForAll @IntRange(max = 5) int window) {
    assertThat(contents(drain(log(entries, 1).open(window), size)))
        .isEqualTo(contents(drain(log(entries, 2).open(window), size)))
        .isEqualTo(contents(drain(inMemory(entries, window), size)));
  }

  @Property(tries = 60)
  void stoppingDoesNotMatter(
      @ForAll("entries") List<Entry> entries,
      @ForAll @IntRange(min = 1, max = 6) int size,
      @ForAll @IntRange(max = 5) int window) {
    ScriptedLog log = log(entries, 3);
    List<FeedBatch> whole = drain(log.open(window), size);
    for (int stop = 0; stop < whole.size(); stop++) {
      KafkaImageFeed resumed = log.open(window);
      resumed.seek(whole.get(stop).next());
      assertThat(contents(drain(resumed, size)))
          .isEqualTo(contents(whole.subList(stop + 1, whole.size())));
    }
  }

  private static ScriptedLog log(List<Entry> entries, long seed) {
    ScriptedLog log = new ScriptedLog(PARTITIONS, seed);
    entries.forEach(e -> e.write(log));
    return log;
  }

  private static MemoryImageFeed inMemory(List<Entry> entries, int window) {
    MemoryImageFeed feed = new MemoryImageFeed(PARTITIONS, window);
    for (Entry e : entries) {
      if (e.kind() == 1) {
        feed.forget(e.partition(), "i" + e.id());
      } else if (e.kind() > 1) {
        feed.append(e.partition(), "i" + e.id(), ("" + e.content()).getBytes());
      }
    }
    return feed;
  }

  private static List<FeedBatch> drain(ImageFeed feed, int size) {
    List<FeedBatch> batches = new ArrayList<>();
    FeedBatch batch = FeedBatches.next(feed, size, QUIET);
    while (batch != null) {
      batches.add(batch);
      batch = FeedBatches.next(feed, size, QUIET);
    }
    return batches;
  }

  private static List<String> contents(List<FeedBatch> batches) {
    return batches.stream().map(ImageFeedContract::content).toList();
  }
}
