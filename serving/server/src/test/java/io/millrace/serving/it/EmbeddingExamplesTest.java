package io.millrace.serving.it;

import static io.millrace.serving.it.ServingCluster.MODEL;
import static io.millrace.serving.it.ServingCluster.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.testing.Examples;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The readers in {@code examples/} compile and find what the serving role published. */
class EmbeddingExamplesTest {
  @TempDir Path dir;
  private EmbeddedBroker broker;
  private ServingCluster cluster;

  @BeforeEach
  void serve() {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    cluster = new ServingCluster(broker, Topics.defaults());
    cluster.accept(ids(0, 30));
    cluster.release(1);
    EmbeddingService service = cluster.serve("one");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Long.valueOf(1).equals(service.status().liveVersion()));
    cluster.forget("image@3");
    await().atMost(Duration.ofSeconds(60)).until(() -> service.status().forgotten() == 1);
  }

  @AfterEach
  void stop() {
    cluster.close();
    broker.close();
  }

  @Test
  void inJava() throws Exception {
    String output = Examples.java(dir, "ReadEmbeddings", broker.bootstrapServers(), MODEL, "12");
    assertThat(output).contains("version 1: 29 images");
  }

  @Test
  void inPython() throws Exception {
    String python = Examples.pythonWith("confluent_kafka");
    assumeTrue(!python.isEmpty(), "skipped: no python3 with confluent_kafka here");
    String output =
        Examples.run(
            dir,
            python,
            Examples.folder().resolve("read_embeddings.py").toString(),
            broker.bootstrapServers(),
            "--model",
            MODEL);
    assertThat(output).contains("model@1: 29 images").contains("image@10: image@");
  }
}
