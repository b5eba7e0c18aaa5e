package io.millrace.ingest.topology;

import java.time.Duration;
import java.time.InstantSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * A raw record's time: its own where it has one that can be. A topic that others made may hold
 * records without a time (−1), which Kafka Streams refuses, times of the future, which the topics
 * that the image goes on to refuse, and old ones, whose images these topics' retention would delete
 * before anybody has read them; all count as arriving now.
 */
final class ArrivalTime implements TimestampExtractor {
  /** As long as the default of {@code topics.rejectedRetention}, the shortest one. */
  static final Duration OLDEST = Duration.ofDays(7);

  private final InstantSource clock;

  ArrivalTime(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
    long now = clock.millis();
    long told = record.timestamp();
    return told < now - OLDEST.toMillis() || told > now ? now : told;
  }
}
