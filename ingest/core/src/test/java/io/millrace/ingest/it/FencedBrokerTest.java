package io.millrace.ingest.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.ingest.topology.TopicSpec;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker whose heartbeats are late, as on a busy machine, takes new topics a little later. */
class FencedBrokerTest {
  private static final String FENCED =
      "Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all"
          + " their log directories cordoned.";
  private static final String TOO_FEW =
      "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be"
          + " reached because only 1 broker(s) are registered.";

  @TempDir Path dir;

  @Test
  void topicsAreCreatedOnceABrokerIsBack() throws Exception {
    List<TopicSpec> catalog = TopicCatalog.of(Topics.defaults(), TopicSettings.defaults());
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
        Admin real = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      var refusals = new AtomicInteger(3);
      assertThatThrownBy(
              () -> ensure(refusing(real, TOO_FEW, refusals), Duration.ofMinutes(2), catalog))
          .hasMessageContaining("only 1 broker(s)");
      assertThat(refusals).as("asked once").hasValue(2);
      assertThat(ensure(refusing(real, FENCED, refusals), Duration.ofMinutes(2), catalog))
          .hasSameSizeAs(catalog);
      assertThat(refusals.get()).as("refused before").isNegative();
    }
  }

  @Test
  void aBrokerThatStaysFencedIsNamedInTheEnd() throws Exception {
    List<TopicSpec> catalog = TopicCatalog.of(Topics.defaults(), TopicSettings.defaults());
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
        Admin real = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      var refusals = new AtomicInteger(Integer.MAX_VALUE);
      assertThatThrownBy(
              () -> ensure(refusing(real, FENCED, refusals), Duration.ofSeconds(6), catalog))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("currently fenced");
    }
  }

  private static List<String> ensure(Admin admin, Duration timeout, List<TopicSpec> catalog) {
    return new TopicAdmin(admin, timeout).ensure(catalog).created();
  }

  /** The client itself, but for the first requests for a topic. */
  private static Admin refusing(Admin real, String why, AtomicInteger refusals) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("createTopics") && refusals.getAndDecrement() > 0) {
                return new Refused(why);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static final class Refused extends CreateTopicsResult {
    Refused(String why) {
      super(Map.of("any", failed(why)));
    }

    private static KafkaFuture<TopicMetadataAndConfig> failed(String why) {
      var future = new KafkaFutureImpl<TopicMetadataAndConfig>();
      future.completeExceptionally(new InvalidReplicationFactorException(why));
      return future;
    }
  }
}
