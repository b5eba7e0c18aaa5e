package io.millrace.learner.bench;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.TopicEnd;
import io.millrace.ingest.stream.TopicReader;
import io.millrace.ingest.stream.Topics;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** How long images take from images.raw to a reader of images.accepted. */
final class ChaosDelays {
  /** Where bad images are sent. */
  private static final String GARBAGE_PARTITION = "0";

  private static final Duration POLL = Duration.ofMillis(20);
  private static final int SIDE = 3_000;
  private static final byte NO_FILTER_TYPE = 9;

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

  /**
   * A small file of many pixels whose last row can't be read: every checksum is right, so that all
   * of it is read in vain (PNG specification, third edition, sections 9.2 and 11.2).
   */
  static byte[] dearPng() {
    int row = 1 + SIDE * 3;
    byte[] rows = new byte[SIDE * row];
    rows[(SIDE - 1) * row] = NO_FILTER_TYPE;
    var deflater = new Deflater();
    deflater.setInput(rows);
    deflater.finish();
    var data = new ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    while (!deflater.finished()) {
      data.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    // Sides, 8 bits a sample, RGB, nothing out of the ordinary.
    byte[] header =
        ByteBuffer.allocate(13).putInt(SIDE).putInt(SIDE).put(new byte[] {8, 2, 0, 0, 0}).array();
    chunk(out, "IHDR", header);
    chunk(out, "IDAT", data.toByteArray());
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String name, byte[] content) {
    byte[] named =
        ByteBuffer.allocate(4 + content.length)
            .put(name.getBytes(StandardCharsets.US_ASCII))
            .put(content)
            .array();
    var crc = new CRC32();
    crc.update(named);
    out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
    out.writeBytes(named);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
