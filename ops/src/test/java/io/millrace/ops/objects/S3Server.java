package io.millrace.ops.objects;

import io.millrace.ingest.broker.FreePort;
import io.millrace.ops.config.S3Config;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.awaitility.Awaitility;

/** Adobe's S3Mock in a process of its own, whose jar is on the class path of the tests. */
public final class S3Server implements AutoCloseable {
  private final Process process;
  private final int port;

  /** Starts it with buckets of these names. */
  public S3Server(Path dir, String... buckets) throws IOException {
    port = FreePort.next();
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dcom.adobe.testing.s3mock.store.root=" + dir.resolve("objects"),
                "-Dcom.adobe.testing.s3mock.store.initialBuckets=" + String.join(",", buckets),
                "-jar",
                jar(),
                "--com.adobe.testing.s3mock.httpPort=" + port,
                "--server.port=0")
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("s3.log").toFile())
            .start();
    Awaitility.await().atMost(Duration.ofMinutes(10)).until(() -> answers() || !process.isAlive());
    if (!process.isAlive()) {
      throw new IllegalStateException("the S3 server ended, see " + dir.resolve("s3.log"));
    }
  }

  private static String jar() {
    List<String> found =
        Arrays.stream(
                System.getProperty("java.class.path").split(System.getProperty("path.separator")))
            .filter(entry -> entry.matches(".*s3mock-[\\d.]+-exec\\.jar"))
            .toList();
    if (found.size() != 1) {
      throw new IllegalStateException("S3 servers on the class path: " + found);
    }
    return found.get(0);
  }

  private boolean answers() {
    try {
      var connection =
          (HttpURLConnection) URI.create(endpoint() + "/favicon.ico").toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(10_000);
      return connection.getResponseCode() > 0;
    } catch (IOException e) {
      return false; // not yet
    }
  }

  /** Where it answers. */
  public String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  /** How to reach it. */
  public S3Config config() {
    return new S3Config(
        endpoint(), "us-east-1", true, Duration.ofMinutes(1), Duration.ofMinutes(2), "", "");
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
