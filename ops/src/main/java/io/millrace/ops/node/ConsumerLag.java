package io.millrace.ops.node;

import io.millrace.ingest.source.AdminLagProbe;
import io.millrace.ingest.stream.Topics;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.Meters;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/** How far ingest and the learner are behind their topics, as the cluster says. */
final class ConsumerLag {
  private static final long EVERY_MILLIS = 2_000;

  private final Topics topics;
  private final Meters meters;
  private final AdminLagProbe probe;
  private final AtomicLong lastOfIngest = new AtomicLong();
  private long askedAt;

  ConsumerLag(Admin admin, Topics topics, Meters meters) {
    this.topics = topics;
    this.meters = meters;
    this.probe =
        new AdminLagProbe(
            admin,
            Map.of(
                topics.ingestApplicationId(),
                Set.of(topics.imagesRaw()),
                topics.learnerGroup(),
                Set.of(topics.imagesAccepted())));
  }

  /** Records that ingest and learner have to consume. */
  OptionalLong all() {
    return probe.lag();
  }

  /** Raw images that ingest has not validated; empty when the cluster does not say now. */
  OptionalLong ofIngest() {
    return probe.byPartition().map(this::ofIngest).orElse(OptionalLong.empty());
  }

  /** The same as of the last {@link #refresh} that the cluster answered. */
  long lastOfIngest() {
    return lastOfIngest.get();
  }

  /** Asks the cluster, every two seconds at most, and sets the meters. */
  void refresh(long nowMillis) {
    if (nowMillis - askedAt >= EVERY_MILLIS) {
      askedAt = nowMillis;
      probe.byPartition().ifPresent(this::keep);
      meters.bindClients();
    }
  }

  private void keep(Map<TopicPartition, Long> lags) {
    ofIngest(lags).ifPresent(lastOfIngest::set);
    lags.forEach(
        (at, records) ->
            meters.set(
                Meter.PARTITION_LAG,
                records,
                at.topic().equals(topics.imagesRaw()) ? "ingest" : "learner",
                Integer.toString(at.partition())));
  }

  private OptionalLong ofIngest(Map<TopicPartition, Long> lags) {
    return OptionalLong.of(
        lags.entrySet().stream()
            .filter(e -> e.getKey().topic().equals(topics.imagesRaw()))
            .mapToLong(Map.Entry::getValue)
            .sum());
  }
}
