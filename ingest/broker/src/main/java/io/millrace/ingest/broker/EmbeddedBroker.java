package io.millrace.ingest.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker in this process: KRaft, broker and controller in one node. Its directory is
 * its whole state: started on it again, it goes on under the same cluster id, after a kill too.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String CONTROLLER = "CONTROLLER";

  private final FileChannel lock;
  private final KafkaRaftServer server;
  private final String bootstrapServers;
  private final String clusterId;
  private boolean closed;

  private EmbeddedBroker(
      FileChannel lock, KafkaRaftServer server, String bootstrapServers, String clusterId) {
    this.lock = lock;
    this.server = server;
    this.bootstrapServers = bootstrapServers;
    this.clusterId = clusterId;
  }

  /**
   * Starts a broker and returns when it serves. A directory that has none yet is formatted.
   *
   * @throws IllegalStateException when the port is taken, the directory is in use or the broker
   *     does not start
   */
  public static EmbeddedBroker start(BrokerSettings settings) {
    return start(settings, Ports.choose(settings.host(), settings.port()));
  }

  /**
   * The same on this port, or on a free one where that is taken, be it while the broker starts.
   *
   * @param port 0 for a free one
   */
  public static EmbeddedBroker startOn(int port, BrokerSettings settings) {
    try {
      return start(settings.withPortIfFree(port));
    } catch (PortTakenException e) {
      return start(settings.withPort(0));
    }
  }

  /** On ports that were free a moment ago. */
  static EmbeddedBroker start(BrokerSettings settings, Ports ports) {
    FileChannel lock = lock(settings.dataDir());
    try {
      return start(settings, ports, lock);
    } catch (RuntimeException e) {
      release(lock);
      throw e;
    }
  }

  private static EmbeddedBroker start(BrokerSettings settings, Ports ports, FileChannel lock) {
    long begin = System.nanoTime();
    String clusterId = format(settings.dataDir());
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(properties(settings, ports), false), Time.SYSTEM);
    try {
      server.startup();
    } catch (RuntimeException e) {
      server.shutdown();
      String failure = "the broker of " + settings.dataDir() + " did not start: ";
      // Kafka says of a port that another process took meanwhile no more than that it failed.
      throw Ports.areFree(settings.host(), ports.clients())
          ? new IllegalStateException(failure + e.getMessage(), e)
          : new PortTakenException(
              failure
                  + settings.host()
                  + ":"
                  + ports.clients()
                  + " has been taken by another process",
              e);
    }
    String bootstrapServers = settings.host() + ":" + ports.clients();
    log.info(
        "Kafka cluster {} serves at {} from {} after {} ms",
        clusterId,
        bootstrapServers,
        settings.dataDir(),
        (System.nanoTime() - begin) / 1_000_000);
    return new EmbeddedBroker(lock, server, bootstrapServers, clusterId);
  }

  /**
   * Takes the directory for this process. Kafka's own lock comes too late: a second node would have
   * become controller and written to the metadata log by then.
   */
  private static FileChannel lock(Path dataDir) {
    try {
      Files.createDirectories(dataDir);
      FileChannel channel =
          FileChannel.open(
              dataDir.resolve("broker.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (isFree(channel)) {
        return channel;
      }
      release(channel);
    } catch (IOException e) {
      throw new UncheckedIOException("the broker cannot use " + dataDir, e);
    }
    throw new IllegalStateException("another broker runs on " + dataDir);
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException heldInThisProcess) {
      return false;
    }
  }

  private static void release(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("the broker's lock file did not close", e);
    }
  }

  /** The cluster id of a directory: the one it was formatted with, else a new one. */
  private static String format(Path dataDir) {
    try {
      String directory = dataDir.toAbsolutePath().toString();
      Optional<String> known =
          new MetaPropertiesEnsemble.Loader().addLogDirs(List.of(directory)).load().clusterId();
      if (known.isPresent()) {
        return known.get();
      }
      String fresh = Uuid.randomUuid().toString();
      new Formatter()
          .setNodeId(BrokerProperties.NODE_ID)
          .setClusterId(fresh)
          .setDirectories(List.of(directory))
          .setControllerListenerName(CONTROLLER)
          .setMetadataLogDirectory(directory)
          .setIgnoreFormatted(true)
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .run();
      return fresh;
    } catch (IOException e) {
      throw new UncheckedIOException("the broker cannot use " + dataDir, e);
    } catch (Exception e) {
      throw new IllegalStateException(
          "the broker cannot format " + dataDir + ": " + e.getMessage(), e);
    }
  }

  private static Properties properties(BrokerSettings settings, Ports ports) {
    Properties properties = BrokerProperties.small(settings.maxMessageBytes());
    String host = settings.host();
    properties.put("log.dirs", settings.dataDir().toAbsolutePath().toString());
    properties.put(
        "listeners",
        "PLAINTEXT://%s:%d,%s://%s:%d"
            .formatted(host, ports.clients(), CONTROLLER, host, ports.controller()));
    properties.put("advertised.listeners", "PLAINTEXT://%s:%d".formatted(host, ports.clients()));
    properties.put("controller.listener.names", CONTROLLER);
    properties.put(
        "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
    properties.put(
        "controller.quorum.voters",
        "%d@%s:%d".formatted(BrokerProperties.NODE_ID, host, ports.controller()));
    properties.putAll(settings.properties());
    return properties;
  }

  /** Where clients connect, as {@code host:port}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** The cluster's id, kept beside its log. */
  public String clusterId() {
    return clusterId;
  }

  /** Waits until something closes it. */
  public void awaitClose() {
    server.awaitShutdown();
  }

  /** Stops it; what was acknowledged is on disk for the next start. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      server.shutdown();
      server.awaitShutdown();
      release(lock);
    }
  }

  /** A port that was free when it was chosen. */
  static final class PortTakenException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PortTakenException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
