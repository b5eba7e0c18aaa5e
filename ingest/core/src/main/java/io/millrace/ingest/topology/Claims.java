package io.millrace.ingest.topology;

import io.millrace.ingest.claim.ClaimFetches;
import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.objects.ObjectStore;
import io.millrace.ingest.stream.Topics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of one process share to fetch claimed images.
 *
 * @param raw images.raw
 * @param mostWaiting claims of one partition that may wait
 * @param full partitions of which that many wait
 */
record Claims(String raw, int mostWaiting, ClaimFetches fetches, Set<TopicPartition> full)
    implements AutoCloseable {
  /**
   * @param objects where s3:// leads, its maker's; null for nowhere
   */
  static Claims of(Topics topics, ClaimSettings settings, @Nullable ObjectStore objects) {
    return new Claims(
        topics.imagesRaw(),
        settings.waiting(),
        ClaimFetches.of(settings, objects),
        ConcurrentHashMap.newKeySet());
  }

  /** Clients whose consumers do not read on in partitions that are full. */
  KafkaClientSupplier clients() {
    return new ClaimClients(full);
  }

  @Override
  public void close() {
    fetches.close();
  }
}
