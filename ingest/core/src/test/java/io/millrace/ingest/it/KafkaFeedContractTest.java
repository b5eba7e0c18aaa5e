package io.millrace.ingest.it;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.feed.FeedLog;
import io.millrace.ingest.feed.ImageFeedContract;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The feed's contract on a real broker. */
class KafkaFeedContractTest extends ImageFeedContract {
  @TempDir static Path dir;
  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Override
  protected FeedLog newLog(int partitions) {
    return new AcceptedTopic(broker.bootstrapServers(), partitions);
  }

  @Override
  protected Duration quiet() {
    return Duration.ofMillis(60);
  }
}
