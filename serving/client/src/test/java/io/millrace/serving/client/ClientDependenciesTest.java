package io.millrace.serving.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A subscriber gets Kafka's client, a reader of JSON and logging, whatever serving itself needs.
 */
class ClientDependenciesTest {
  @Test
  void areKafkasClientAJsonReaderAndLogging() throws Exception {
    Stream<String> names = RuntimeClassPath.dependencies().stream().map(Path::of).map(this::name);
    assertThat(names)
        .containsExactlyInAnyOrder(
            "millrace-stream",
            "kafka-clients",
            // What kafka-clients brings: codecs.
            "zstd-jni",
            "lz4-java",
            "snappy-java",
            "jackson-core",
            "jackson-databind",
            "jackson-annotations",
            "slf4j-api",
            "jspecify");
  }

  /** An artifact's name; a module of this build may be a folder of classes yet. */
  private String name(Path entry) {
    return entry.endsWith(Path.of("stream", "target", "classes"))
        ? "millrace-stream"
        : entry.getFileName().toString().replaceFirst("-[0-9][^/]*\\.jar$", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.kafka.streams.KafkaStreams",
        "org.apache.lucene.index.IndexWriter",
        "org.bytedeco.javacpp.Pointer",
        "org.nd4j.linalg.factory.Nd4j",
        "io.javalin.Javalin",
        "kafka.server.KafkaRaftServer",
        "io.millrace.ingest.decode.ImageDecoder",
        "io.millrace.learner.tensor.Engine",
        "io.millrace.serving.kafka.EmbeddingService"
      })
  void bringNothingOfTheServer(String name) throws Exception {
    try (URLClassLoader subscriber = subscriber()) {
      assertThat(Class.forName(EmbeddingReader.class.getName(), false, subscriber)).isNotNull();
      assertThatThrownBy(() -> Class.forName(name, false, subscriber))
          .isInstanceOf(ClassNotFoundException.class);
    }
  }

  private static URLClassLoader subscriber() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : RuntimeClassPath.entries()) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }
}
