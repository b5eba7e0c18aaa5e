package io.millrace.ingest.topology;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Sums what this task validated by source and forwards the sums at an interval, so that grouping by
 * source moves a few small records instead of one for each image. The sums since then are in a
 * store, part of the transaction.
 */
final class SourceStatsAggregator
    extends ContextualProcessor<byte[], ValidatedImage, String, StreamStats> {
  static final String STORE = "tally";

  /** Sources are the producers' words: a bounded number of bounded names is kept apart. */
  static final int MOST_SOURCES = 256;

  static final String OTHERS = "(others)";
  private static final int LONGEST_NAME = 256;

  private final Duration interval;
  private final Set<String> sources = new HashSet<>();
  private KeyValueStore<String, StreamStats> sums;

  SourceStatsAggregator(Duration interval) {
    this.interval = interval;
  }

  @Override
  public void init(ProcessorContext<String, StreamStats> context) {
    super.init(context);
    sums = context.getStateStore(STORE);
    try (KeyValueIterator<String, StreamStats> kept = sums.all()) {
      kept.forEachRemaining(sum -> sources.add(sum.key));
    }
    context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::handOn);
  }

  @Override
  public void process(Record<byte[], ValidatedImage> validated) {
    String source = bounded(validated.value().source());
    StreamStats sum = sums.get(source);
    StreamStats one = StreamStats.of(source, validated.value());
    sums.put(source, sum == null ? one : sum.plus(one));
  }

  private String bounded(String source) {
    String name = source.length() > LONGEST_NAME ? source.substring(0, LONGEST_NAME) : source;
    if (sources.size() >= MOST_SOURCES && !sources.contains(name)) {
      return OTHERS;
    }
    sources.add(name);
    return name;
  }

  private void handOn(long now) {
    List<KeyValue<String, StreamStats>> all = new ArrayList<>();
    try (KeyValueIterator<String, StreamStats> kept = sums.all()) {
      kept.forEachRemaining(all::add);
    }
    for (KeyValue<String, StreamStats> sum : all) {
      context().forward(new Record<>(sum.key, sum.value, now));
      sums.delete(sum.key);
    }
    sources.clear();
  }
}
