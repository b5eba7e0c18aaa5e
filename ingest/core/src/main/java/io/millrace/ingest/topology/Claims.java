package io.millrace.ingest.topology;

import io.millrace.ingest.claim.ClaimFetches;
import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.stream.Topics;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * What the tasks of one process share to fetch claimed images.
 *
 * @param raw images.raw
 * @param mostWaiting claims of one partition that may wait
 * @param full partitions of which that many wait
 */
record Claims(String raw, int mostWaiting, ClaimFetches fetches, Set<TopicPartition> full)
    implements AutoCloseable {
  static Claims of(Topics topics, ClaimSettings settings) {
    return of(topics, settings, ClaimFetches.of(settings));
  }

  static Claims of(Topics topics, ClaimSettings settings, ClaimFetches fetches) {
    return new Claims(
        topics.imagesRaw(), settings.waiting(), fetches, ConcurrentHashMap.newKeySet());
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
