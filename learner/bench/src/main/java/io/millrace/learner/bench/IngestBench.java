package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.RunIngest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The topology against a loop that consumes, decodes and produces and guards nothing else. */
@Command(
    name = "ingest",
    description = "Rate of the ingest topology ÷ a bare consume, decode and produce loop.")
final class IngestBench extends Benchmark {
  @Option(
      names = "--images",
      defaultValue = "60000",
      description = "Images of one run (default ${DEFAULT-VALUE}).")
  int count;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Runs of each (default ${DEFAULT-VALUE}); the first is warm-up.")
  int rounds;

  @Override
  Result measure() throws Exception {
    List<ImageRecord> images = Stage.synthetic(count);
    double[] topology = new double[rounds - 1];
    double[] bare = new double[rounds - 1];
    double[] ratios = new double[rounds - 1];
    for (int i = 0; i < rounds; i++) {
      double loopRate = bareLoop(images);
      double topologyRate = topology(images);
      if (i > 0) {
        bare[i - 1] = loopRate;
        topology[i - 1] = topologyRate;
        ratios[i - 1] = topologyRate / loopRate;
      }
    }
    return new Result(
        "ingest",
        "Ingest topology (exactly once, decode check, counts by source) ÷ bare loop with decode, "
            + count
            + " synthetic JPEGs of 32×32",
        List.of(
            row(
                "topology, images/s", Rounds.median(topology),
                "bare loop, images/s", Rounds.median(bare),
                "ratio", Rounds.median(ratios),
                "lowest", java.util.Arrays.stream(ratios).min().orElseThrow(),
                "highest", java.util.Arrays.stream(ratios).max().orElseThrow())));
  }

  private double topology(List<ImageRecord> images) throws Exception {
    try (Stage stage = new Stage()) {
      stage.send(images, stage.topics.imagesRaw());
      var first = new AtomicLong();
      var last = new AtomicLong();
      var left = new CountDownLatch(images.size());
      var counted =
          new IngestMetrics() {
            @Override
            public void accepted(int bytes, long nanos) {
              long now = System.nanoTime();
              first.compareAndSet(0, now - nanos);
              last.set(now);
              left.countDown();
            }
          };
      try (RunIngest ingest =
          RunIngest.start(
              stage.topics,
              IngestSettings.defaults(),
              stage.clients(),
              stage.decoder::decode,
              counted)) {
        if (!left.await(5, TimeUnit.MINUTES)) {
          throw new IllegalStateException(
              left.getCount() + " images were not validated in 5 minutes");
        }
      }
      return images.size() / ((last.get() - first.get()) / 1e9);
    }
  }

  private static double bareLoop(List<ImageRecord> images) throws Exception {
    try (Stage stage = new Stage()) {
      stage.send(images, stage.topics.imagesRaw());
      Map<String, Object> consumerConfig = new HashMap<>(stage.clients());
      consumerConfig.put("group.id", "bare");
      consumerConfig.put("auto.offset.reset", "earliest");
      consumerConfig.put("fetch.max.bytes", 16 << 20);
      consumerConfig.put("max.partition.fetch.bytes", 2 << 20);
      Map<String, Object> producerConfig = new HashMap<>(stage.clients());
      producerConfig.put("linger.ms", 20);
      producerConfig.put("batch.size", 256 * 1024);
      long done = 0;
      long first = 0;
      try (var consumer =
              new KafkaConsumer<>(
                  consumerConfig, new ByteArrayDeserializer(), new ByteArrayDeserializer());
          var producer =
              new KafkaProducer<>(
                  producerConfig, new ByteArraySerializer(), new ByteArraySerializer())) {
        consumer.subscribe(new ArrayList<>(List.of(stage.topics.imagesRaw())));
        while (done < images.size()) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
            if (first == 0) {
              first = System.nanoTime();
            }
            if (stage.decoder.decode(record.value()) instanceof DecodeOutcome.Decoded) {
              producer.send(
                  new ProducerRecord<>(
                      stage.topics.imagesAccepted(),
                      null,
                      record.timestamp(),
                      record.key(),
                      record.value(),
                      record.headers()));
            }
            done++;
          }
        }
        producer.flush();
        return images.size() / ((System.nanoTime() - first) / 1e9);
      }
    }
  }
}
