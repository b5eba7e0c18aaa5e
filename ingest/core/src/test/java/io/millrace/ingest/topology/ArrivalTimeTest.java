package io.millrace.ingest.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class ArrivalTimeTest {
  private static final long NOW = Instant.parse("2026-11-29T12:00:00Z").toEpochMilli();
  private static final long OLDEST = NOW - ArrivalTime.OLDEST.toMillis();

  @Test
  void whatCanNotBeOrWouldBeDeletedUnreadCountsAsArrivingNow() {
    for (long told : new long[] {-1, Long.MIN_VALUE, 0, OLDEST - 1, NOW + 1, Long.MAX_VALUE}) {
      assertThat(of(told)).as("%d", told).isEqualTo(NOW);
    }
    for (long told : new long[] {OLDEST, NOW - 1, NOW}) {
      assertThat(of(told)).isEqualTo(told);
    }
  }

  private static long of(long told) {
    var record =
        new ConsumerRecord<Object, Object>(
            "images.raw",
            0,
            0,
            told,
            TimestampType.CREATE_TIME,
            0,
            0,
            "key",
            "value",
            new RecordHeaders(),
            Optional.empty());
    return new ArrivalTime(InstantSource.fixed(Instant.ofEpochMilli(NOW))).extract(record, 0);
  }
}
