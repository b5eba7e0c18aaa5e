package io.millrace.ingest.topology;

import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.Propagation;
import io.millrace.ingest.stream.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * The ingest topology.
 *
 * <pre>
 * images.raw ─▶ validate ─┬─▶ images.accepted
 *                         ├─▶ images.rejected
 *                         └─▶ sum ─▶ (by source) ─▶ window ─▶ stream.stats
 * </pre>
 *
 * <p>The sums of the sources, a few small records a second, go through one partition however many
 * images.raw has: so partitions can be added there while it runs ({@link SourceLog}).
 */
final class ImageTopology {
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();
  private static final Serde<String> STRING = Serdes.String();
  private static final Duration GRACE = Duration.ofMinutes(1);

  private ImageTopology() {}

  /**
   * Builds it.
   *
   * @param limits asked by each new task
   * @param claims null where none are fetched
   */
  static Topology of(
      Topics topics,
      IngestSettings settings,
      Supplier<MessageLimits> limits,
      DecodeFunction decoder,
      ImageTracer tracer,
      IngestMetrics metrics,
      @Nullable Claims claims) {
    var propagation = new Propagation(settings.propagated(), tracer);
    StreamsBuilder builder = new StreamsBuilder();
    String[] stores = {};
    if (claims != null) {
      builder.addStateStore(ClaimQueue.store());
      stores = new String[] {ClaimQueue.STORE};
    }
    KStream<byte[], ValidatedImage> validated =
        builder.stream(
                topics.imagesRaw(),
                Consumed.with(BYTES, BYTES)
                    .withName("raw")
                    .withTimestampExtractor(new ArrivalTime(InstantSource.system())))
            .process(
                () -> new ImageValidator(decoder, limits.get(), propagation, metrics, claims),
                Named.as("judge"),
                stores);
    validated
        .filter((id, image) -> image.isAccepted(), Named.as("accepted"))
        .mapValues(ValidatedImage::bytes, Named.as("accepted-bytes"))
        .to(topics.imagesAccepted(), Produced.with(BYTES, BYTES).withName("to-accepted"));
    validated
        .filterNot((id, image) -> image.isAccepted(), Named.as("rejected"))
        .mapValues(ValidatedImage::bytes, Named.as("rejected-bytes"))
        .to(topics.imagesRejected(), Produced.with(BYTES, BYTES).withName("to-rejected"));
    sumBySource(builder, validated, topics, settings);
    return builder.build();
  }

  private static void sumBySource(
      StreamsBuilder builder,
      KStream<byte[], ValidatedImage> validated,
      Topics topics,
      IngestSettings settings) {
    Serde<StreamStats> stats = StreamStatsJson.serde();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(SourceStatsAggregator.STORE), STRING, stats)
            .withCachingEnabled());
    TimeWindows windows = TimeWindows.ofSizeAndGrace(settings.statsWindow(), GRACE);
    validated
        .process(
            () -> new SourceStatsAggregator(settings.statsInterval()),
            Named.as("tally"),
            SourceStatsAggregator.STORE)
        .repartition(
            Repartitioned.with(STRING, stats).withName("sources").withNumberOfPartitions(1))
        .groupByKey(Grouped.with(STRING, stats))
        .windowedBy(windows)
        .reduce(
            StreamStats::plus,
            Materialized.<String, StreamStats>as(
                    Stores.inMemoryWindowStore(
                        "sums", settings.statsWindow().plus(GRACE), settings.statsWindow(), false))
                .withKeySerde(STRING)
                .withValueSerde(stats)
                .withCachingEnabled())
        .toStream(Named.as("windows"))
        .map(
            (source, sum) ->
                KeyValue.pair(source.key(), sum.in(source.window().start(), source.window().end())),
            Named.as("window-of"))
        .to(topics.streamStats(), Produced.with(STRING, stats).withName("to-stats"));
  }
}
