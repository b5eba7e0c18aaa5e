package io.millrace.ops.explore;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches images that somebody looks at from {@code images.accepted}, each at its own place. */
public final class FetchPictures implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FetchPictures.class);
  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private final String topic;
  private final Supplier<Consumer<byte[], byte[]>> open;
  private final ImageDecoder decoder;
  private final ThumbnailCache thumbnails;
  private final Duration patience;
  private @Nullable Consumer<byte[], byte[]> consumer;
  private boolean closed;

  /**
   * @param open makes a consumer at the first use; it is closed with this
   * @param thumbnails keeps what is fetched
   */
  public FetchPictures(
      String topic,
      Supplier<Consumer<byte[], byte[]>> open,
      ImageDecoder decoder,
      ThumbnailCache thumbnails) {
    this(topic, open, decoder, thumbnails, PATIENCE);
  }

  /** One that waits longer or shorter for all pictures of a call. */
  FetchPictures(
      String topic,
      Supplier<Consumer<byte[], byte[]>> open,
      ImageDecoder decoder,
      ThumbnailCache thumbnails,
      Duration patience) {
    this.topic = topic;
    this.open = open;
    this.decoder = decoder;
    this.thumbnails = thumbnails;
    this.patience = patience;
  }

  /**
   * Sees that the gallery has the pictures of images. Those whose record is gone, or does not come
   * in time (four seconds for all of them), stay without.
   */
  synchronized void fetch(List<EmbeddedImage> wanted) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      for (EmbeddedImage image : wanted) {
        boolean known = image.offset() < 0 || thumbnails.picture(image.id()).isPresent();
        if (!known && !closed && System.nanoTime() - end < 0) {
          at(image).ifPresent(thumbnails::keep);
        }
      }
    } catch (RuntimeException e) {
      log.warn("pictures can't be fetched from {}: {}", topic, e.toString());
      closeConsumer();
    }
  }

  private Optional<ThumbnailCache.Image> at(EmbeddedImage image) {
    var place = new TopicPartition(topic, image.partition());
    Consumer<byte[], byte[]> from = consumer();
    from.assign(List.of(place));
    from.seek(place, image.offset());
    for (ConsumerRecord<byte[], byte[]> record : from.poll(WAIT)) {
      // Compaction may have removed it: then what comes is a later one.
      return record.offset() == image.offset() && AcceptedRecord.id(record).equals(image.id())
          ? AcceptedRecord.image(record, decoder)
          : Optional.empty();
    }
    return Optional.empty();
  }

  private Consumer<byte[], byte[]> consumer() {
    Consumer<byte[], byte[]> c = consumer;
    if (c == null) {
      c = open.get();
      consumer = c;
    }
    return c;
  }

  private void closeConsumer() {
    Consumer<byte[], byte[]> c = consumer;
    consumer = null;
    if (c != null) {
      c.close();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    closeConsumer();
  }
}
