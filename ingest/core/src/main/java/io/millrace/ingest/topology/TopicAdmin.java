package io.millrace.ingest.topology;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates what is missing of a catalog and tells how what exists differs. It never changes or
 * deletes a topic.
 */
public final class TopicAdmin {
  private static final Duration ASK_AGAIN = Duration.ofMillis(50);

  private final Admin admin;
  private final Duration timeout;

  /**
   * @param admin belongs to the caller
   * @param timeout how long one question to the cluster may take
   */
  public TopicAdmin(Admin admin, Duration timeout) {
    this.admin = admin;
    this.timeout = timeout;
  }

  /**
   * What a check found.
   *
   * @param created topics that were missing
   * @param differences one sentence for each configuration that is not as the catalog has it,
   *     naming the topic, the value found and the value expected
   */
  public record Report(List<String> created, List<String> differences) {
    public Report {
      created = List.copyOf(created);
      differences = List.copyOf(differences);
    }
  }

  /**
   * Creates the missing topics and returns when they can be written to; verifies the others.
   *
   * @throws IllegalStateException when the cluster does not answer or refuses
   */
  public Report ensure(List<TopicSpec> catalog) {
    Set<String> present = get(admin.listTopics().names(), "list topics");
    List<TopicSpec> missing =
        catalog.stream().filter(spec -> !present.contains(spec.name())).toList();
    List<String> created = missing.stream().filter(this::create).map(TopicSpec::name).toList();
    awaitLeaders(describe(missing.stream().map(TopicSpec::name).toList()).values());
    return new Report(
        created, verify(catalog.stream().filter(s -> !created.contains(s.name())).toList()));
  }

  /**
   * Refuses to go on without topics.
   *
   * @throws IllegalStateException naming those that are missing
   */
  void require(List<String> names) {
    Set<String> present = get(admin.listTopics().names(), "list topics");
    List<String> missing = names.stream().filter(n -> !present.contains(n)).toList();
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "topics are missing: " + String.join(", ", missing) + "; create them first");
    }
  }

  private boolean create(TopicSpec spec) {
    long begin = System.nanoTime();
    while (true) {
      try {
        admin
            .createTopics(List.of(spec.toCreate()))
            .all()
            .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        return true;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof TopicExistsException) {
          return false;
        }
        if (!isFenced(e.getCause()) || System.nanoTime() - begin > timeout.toNanos()) {
          throw failed("create topic " + spec.name(), e.getCause());
        }
        LockSupport.parkNanos(ASK_AGAIN.toNanos());
      } catch (InterruptedException | TimeoutException e) {
        throw failed("create topic " + spec.name(), e);
      }
    }
  }

  /** Brokers on a busy machine send heartbeats late, and are fenced until the next one. */
  private static boolean isFenced(Throwable refusal) {
    return refusal instanceof InvalidReplicationFactorException
        && String.valueOf(refusal.getMessage()).contains("currently fenced");
  }

  /** Describes topics that exist: a broker hears of a new one a little after it was created. */
  private Map<String, TopicDescription> describe(List<String> names) {
    long begin = System.nanoTime();
    while (true) {
      try {
        return get(admin.describeTopics(names).allTopicNames(), "describe topics");
      } catch (IllegalStateException e) {
        boolean isNew = e.getCause() instanceof UnknownTopicOrPartitionException;
        if (!isNew || System.nanoTime() - begin > timeout.toNanos()) {
          throw e;
        }
        LockSupport.parkNanos(ASK_AGAIN.toNanos());
      }
    }
  }

  /**
   * Waits until the leader of each partition serves it, which is a little after it has a leader. An
   * idempotent producer that wrote earlier could lose its first batch: refused with a retriable
   * error while the second is already taken, it stays out of order (KAFKA-15591).
   */
  private void awaitLeaders(Collection<TopicDescription> topics) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (TopicDescription topic : topics) {
      topic
          .partitions()
          .forEach(
              p -> ends.put(new TopicPartition(topic.name(), p.partition()), OffsetSpec.latest()));
    }
    get(admin.listOffsets(ends).all(), "serve its new topics");
  }

  private List<String> verify(List<TopicSpec> catalog) {
    List<String> names = catalog.stream().map(TopicSpec::name).toList();
    Map<String, TopicDescription> found = describe(names);
    Map<String, Map<String, String>> configs = configs(names);
    List<String> differences = new ArrayList<>();
    for (TopicSpec spec : catalog) {
      int partitions = found.get(spec.name()).partitions().size();
      if (partitions != spec.partitions()) {
        differences.add(
            "%s has %d partitions, expected %d"
                .formatted(spec.name(), partitions, spec.partitions()));
      }
      Map<String, String> actual = configs.get(spec.name());
      new TreeMap<>(spec.configs())
          .forEach(
              (key, expected) -> {
                if (!same(expected, actual.get(key))) {
                  differences.add(
                      "%s has %s=%s, expected %s"
                          .formatted(spec.name(), key, actual.get(key), expected));
                }
              });
    }
    return differences;
  }

  /** Configurations by topic, defaults of the broker included. */
  Map<String, Map<String, String>> configs(List<String> names) {
    List<ConfigResource> resources =
        names.stream().map(n -> new ConfigResource(ConfigResource.Type.TOPIC, n)).toList();
    Map<ConfigResource, Config> found =
        get(admin.describeConfigs(resources).all(), "describe the configurations of topics");
    Map<String, Map<String, String>> byTopic = new TreeMap<>();
    found.forEach(
        (resource, config) -> {
          Map<String, String> values = new TreeMap<>();
          for (ConfigEntry entry : config.entries()) {
            if (entry.value() != null) {
              values.put(entry.name(), entry.value());
            }
          }
          byTopic.put(resource.name(), values);
        });
    return byTopic;
  }

  private static boolean same(String expected, String actual) {
    // The broker gives back list values in its own order.
    return actual != null && Set.of(expected.split(",")).equals(Set.of(actual.split(",")));
  }

  private <T> T get(KafkaFuture<T> future, String what) {
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed(what, e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw failed(what, e);
    }
  }

  private IllegalStateException failed(String what, Throwable cause) {
    if (cause instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    String why =
        cause instanceof TimeoutException
            ? "no answer within " + timeout.toMillis() + " ms"
            : String.valueOf(cause.getMessage());
    return new IllegalStateException("the cluster did not " + what + ": " + why, cause);
  }
}
