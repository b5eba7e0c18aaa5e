package io.millrace.serving.client;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Forgets images: a tombstone on {@code images.raw}, which ingest passes on to {@code
 * images.accepted}; from there the learner drops the image from replay, and serving tombstones its
 * embeddings in every version.
 */
public final class ForgetImages implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;
  private final String rawTopic;

  /**
   * @param client what every Kafka client needs: bootstrap servers, security
   * @param rawTopic the topic of images as producers send them
   */
  public ForgetImages(Map<String, Object> client, String rawTopic) {
    var config = new HashMap<>(client);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    this.rawTopic = rawTopic;
  }

  /** Forgets an image; on return that is durable, and carried out a moment later. */
  public void forget(String imageId) {
    try {
      producer.send(new ProducerRecord<>(rawTopic, EmbeddingRecords.bytes(imageId), null)).get();
    } catch (ExecutionException e) {
      throw new KafkaException("could not forget '" + imageId + "'", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while forgetting '" + imageId + "'", e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
