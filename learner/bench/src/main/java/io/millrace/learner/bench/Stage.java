package io.millrace.learner.bench;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.source.ImageRecords;
import io.millrace.ingest.source.synthetic.SyntheticSettings;
import io.millrace.ingest.source.synthetic.SyntheticSource;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A broker with topics and a decoder, thrown away at the end. */
final class Stage implements AutoCloseable {
  final Topics topics = Topics.defaults();
  final ImageDecoder decoder;
  final AcceptImages images;
  final Path folder;
  private final EmbeddedBroker broker;

  Stage() throws IOException {
    this(new ImageDecoder(DecodeLimits.defaults()));
  }

  /**
   * @param decoder closed with this
   */
  Stage(ImageDecoder decoder) throws IOException {
    this.decoder = decoder;
    images = new AcceptImages(decoder, AcceptSettings.defaults());
    folder = Files.createTempDirectory("millrace-bench-");
    broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("broker")));
    try (Admin admin = Admin.create(clients())) {
      new TopicAdmin(admin, Duration.ofSeconds(30))
          .ensure(TopicCatalog.of(topics, TopicSettings.defaults()));
    }
  }

  Map<String, Object> clients() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  /** The first images of the synthetic stream. */
  static List<ImageRecord> synthetic(int count) throws IOException {
    var images = new ArrayList<ImageRecord>();
    try (var source = new SyntheticSource(SyntheticSettings.defaults())) {
      for (int i = 0; i < count; i++) {
        images.add(source.stream().read(i));
      }
    }
    return images;
  }

  /** The same image under another id. */
  static ImageRecord named(ImageRecord image, String id) {
    return new ImageRecord(id, image.bytes(), image.origin());
  }

  /** Writes images to a topic and waits until they are there. */
  void send(List<ImageRecord> images, String topic) {
    try (var producer = producer()) {
      images.forEach(image -> producer.send(ImageRecords.of(image, topic)));
    }
  }

  /** Who writes images; the caller closes it. */
  KafkaProducer<String, byte[]> producer() {
    return new KafkaProducer<>(
        Map.<String, Object>of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ProducerConfig.LINGER_MS_CONFIG,
            20,
            ProducerConfig.BATCH_SIZE_CONFIG,
            256 * 1024),
        new StringSerializer(),
        new ByteArraySerializer());
  }

  PixelImage pixels(ImageRecord image) {
    if (decoder.decode(image.bytes()) instanceof DecodeOutcome.Decoded decoded) {
      return decoded.image();
    }
    throw new IllegalStateException(image.id() + " does not decode");
  }

  @Override
  public void close() throws IOException {
    broker.close();
    decoder.close();
    delete(folder);
  }

  /** Deletes a folder and all that is in it. */
  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
