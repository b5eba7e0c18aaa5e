package io.millrace.learner.bench;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.TopicEnd;
import io.millrace.ingest.stream.TopicReader;
import io.millrace.ingest.stream.Topics;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** How long images take from images.raw to a reader of images.accepted. */
final class ChaosDelays {
  /** Where bad images are sent. */
  private static final String GARBAGE_PARTITION = "0";

  private static final Duration POLL = Duration.ofMillis(20);
  private static final int SIDE = 3_000;

  /** Of the partitions of images.raw without garbage; ms. */
  record Quantiles(int images, long median, long p99, long longest) {}

  private ChaosDelays() {}

  /** Reads what is accepted from now on; records carry the time of their arrival on images.raw. */
  static Quantiles over(Map<String, Object> client, Duration time) {
    var millis = new ArrayList<Long>();
    try (Consumer<byte[], byte[]> consumer = TopicReader.open(client)) {
      List<TopicPartition> partitions =
          TopicEnd.partitions(consumer, Topics.defaults().imagesAccepted());
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          String from = HeaderText.get(record.headers(), ImageHeaders.ORIGIN_PARTITION);
          if (!GARBAGE_PARTITION.equals(from)) {
            millis.add(System.currentTimeMillis() - record.timestamp());
          }
        }
      }
    }
    if (millis.isEmpty()) {
      throw new IllegalStateException("no image was accepted in " + time.toSeconds() + " s");
    }
    Collections.sort(millis);
    int n = millis.size();
    return new Quantiles(n, millis.get(n / 2), millis.get(n * 99 / 100), millis.get(n - 1));
  }

  /** A small file of many pixels, whose last checksum is false: all of it is read in vain. */
  static byte[] dearPng() throws IOException {
    var out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB), "png", out);
    byte[] bytes = out.toByteArray();
    // IEND takes the last 12 bytes; before it is the checksum of the last block of pixels.
    bytes[bytes.length - 13] ^= 1;
    return bytes;
  }
}
