package io.millrace.serving.client;

import io.millrace.ingest.stream.ImageId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
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

  /**
   * Forgets an image by its id, under the key that {@link ImageId} says; on return that is durable,
   * and carried out a moment later. The tombstone goes to every partition of images.raw: other
   * clients choose an id's partition by another hash than Java's, and only in the image's own
   * partition does ingest surely come to the tombstone after the image.
   *
   * @return its offset by partition of images.raw
   */
  public Map<Integer, Long> forget(String imageId) {
    try {
      var sent = new ArrayList<Future<RecordMetadata>>();
      for (PartitionInfo partition : producer.partitionsFor(rawTopic)) {
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    rawTopic, partition.partition(), ImageId.encode(imageId), null)));
      }
      var offsets = new HashMap<Integer, Long>();
      for (Future<RecordMetadata> one : sent) {
        offsets.put(one.get().partition(), one.get().offset());
      }
      return offsets;
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
