package io.millrace.ingest.topology;

import java.time.InstantSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * A raw record's time: its own where it has one that can be. A topic that others made may hold
 * records without a time (−1), which Kafka Streams refuses, and times of the future, which the
 * topics that the image goes on to refuse; both count as arriving now.
 */
final class ArrivalTime implements TimestampExtractor {
  private final InstantSource clock;

  ArrivalTime(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
    long now = clock.millis();
    long told = record.timestamp();
    return told < 0 || told > now ? now : told;
  }
}
