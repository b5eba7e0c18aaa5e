package io.millrace.serving.kafka;

import io.millrace.ingest.stream.ImageId;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code images.accepted} that is read and not published yet.
 *
 * @param decoding its decoding; null for a tombstone
 */
record PendingImage(
    ConsumerRecord<byte[], byte[]> record, @Nullable Future<DecodePool.Input> decoding) {
  TopicPartition partition() {
    return new TopicPartition(record.topic(), record.partition());
  }

  String id() {
    return ImageId.decode(record.key());
  }

  boolean isTombstone() {
    return decoding == null;
  }

  /** Waits for the decoding; null for a tombstone. */
  DecodePool.@Nullable Input input() {
    Future<DecodePool.Input> future = decoding;
    if (future == null) {
      return null;
    }
    try {
      return future.get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("decoding " + this + " failed", e.getCause());
    }
  }

  @Override
  public String toString() {
    return "image '" + id() + "' at " + partition() + " offset " + record.offset();
  }
}
