package io.millrace.learner.release;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Gives a topic prefix to the first model that learns or is served under it. The records of
 * embeddings, targets and refreshes do not name the model in their keys, so that a second model
 * would overwrite the first one's; see decision 0017.
 *
 * <p>Claims lie on the lease topic under {@code claim/<model>}, and the earliest of them counts:
 * the log's order decides between two that start at one moment, and the loser takes its claim back.
 */
public final class ModelClaim {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String KEY = "claim/";

  private ModelClaim() {}

  /**
   * Claims the prefix.
   *
   * @param client what every Kafka client needs: bootstrap servers, security
   * @param topic the lease topic
   * @throws IllegalStateException with a message for the user when the prefix is another model's
   */
  public static void claim(Map<String, Object> client, String topic, String model) {
    LinkedHashSet<String> before = models(client, topic);
    if (before.isEmpty() || !before.contains(model) && isFirst(before, model)) {
      write(client, topic, model, model.getBytes(StandardCharsets.UTF_8));
      LinkedHashSet<String> after = models(client, topic);
      if (!isFirst(after, model)) {
        write(client, topic, model, null);
        throw taken(topic, after.iterator().next(), model);
      }
    } else if (!isFirst(before, model)) {
      throw taken(topic, before.iterator().next(), model);
    }
  }

  private static boolean isFirst(LinkedHashSet<String> models, String model) {
    return models.isEmpty() || models.iterator().next().equals(model);
  }

  private static IllegalStateException taken(String topic, String owner, String model) {
    return new IllegalStateException(
        "the topics beside '"
            + topic
            + "' are those of model '"
            + owner
            + "', and learner.model is '"
            + model
            + "': one prefix has one model; give this one a kafka.topicPrefix of its own");
  }

  /** Models with a claim or, from before there were claims, a lease; the earliest first. */
  private static LinkedHashSet<String> models(Map<String, Object> client, String topic) {
    var found = new LinkedHashSet<String>();
    KafkaTopicReader.readAll(
        client,
        topic,
        TIMEOUT,
        "read_uncommitted",
        (key, value) -> {
          String model = key.startsWith(KEY) ? key.substring(KEY.length()) : key;
          if (value != null) {
            found.add(model);
          } else if (key.startsWith(KEY)) {
            found.remove(model);
          }
        });
    return found;
  }

  private static void write(
      Map<String, Object> client,
      String topic,
      String model,
      byte @org.jspecify.annotations.Nullable [] value) {
    var config = new HashMap<>(client);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    try (var producer =
        new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, KEY + model, value)).get();
    } catch (ExecutionException e) {
      throw new KafkaException("could not claim '" + topic + "' for " + model, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while claiming '" + topic + "' for " + model, e);
    }
  }
}
