package io.millrace.ops.node;

import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.ops.config.KafkaConfig;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.terminal.KafkaCauses;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Kafka clients for looking at the cluster, with the configuration's settings passed through. */
public final class Clients {
  private Clients() {}

  /** An admin client that gives up in time for a person to wait. */
  public static Admin admin(KafkaConfig config) {
    Map<String, Object> settings = new HashMap<>(config.clients());
    settings.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 20_000);
    try {
      return Admin.create(settings);
    } catch (KafkaException e) {
      throw new UserError(
          "no Kafka client can be made for " + config.bootstrapServers() + ": " + KafkaCauses.of(e),
          e);
    }
  }

  /**
   * Puts a client together without asking any broker: it reads trust stores, key stores and login
   * settings.
   *
   * @throws UserError naming what is wrong with them and what to set
   */
  public static void requireSettings(KafkaConfig config) {
    // Names of hosts are not looked up here.
    admin(new KafkaConfig("127.0.0.1:9092", config.topicPrefix(), config.client()))
        .close(Duration.ZERO);
  }

  /**
   * Asks the cluster for a sign, which clients would wait for in vain a minute and more.
   *
   * @throws UserError when no broker answers
   */
  public static void requireBroker(MillraceConfig config) {
    requireTopics(config, Set.of());
  }

  /**
   * Asks the cluster for a sign and for topics.
   *
   * @throws UserError when no broker answers, or naming those of the topics that are missing
   */
  public static void requireTopics(MillraceConfig config, Set<String> names) {
    try (Admin admin = admin(config.kafka())) {
      var checks = new StartupChecks(config, () -> admin);
      requireOk(checks.broker());
      if (!names.isEmpty()) {
        requireOk(
            checks.topics(
                TopicCatalog.of(config.topicNames(), config.topics()).stream()
                    .filter(topic -> names.contains(topic.name()))
                    .toList()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("interrupted", e);
    }
  }

  private static void requireOk(CheckResult result) {
    if (!result.ok()) {
      throw new UserError(result.detail());
    }
  }

  /**
   * The model's releases.
   *
   * @throws UserError when no broker answers or the topic is missing
   */
  public static KafkaReleaseLog releases(MillraceConfig config) {
    requireTopics(config, Set.of(config.topicNames().modelReleases()));
    return new KafkaReleaseLog(config.kafka().clients(), config.topicNames().modelReleases());
  }

  /** A reader of committed records outside any group, from the start of what it is given. */
  static Consumer<byte[], byte[]> reader(Map<String, Object> clients, String name) {
    return new KafkaConsumer<>(
        settings(clients, name), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** A reader that picks single records: it fetches little, and waits for nothing at an end. */
  static Consumer<byte[], byte[]> picker(Map<String, Object> clients, String name) {
    Map<String, Object> settings = settings(clients, name);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 1 << 16);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1 << 16);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 10);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private static Map<String, Object> settings(Map<String, Object> clients, String name) {
    Map<String, Object> settings = new HashMap<>(clients);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, name);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1 << 20);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 4 << 20);
    return settings;
  }
}
