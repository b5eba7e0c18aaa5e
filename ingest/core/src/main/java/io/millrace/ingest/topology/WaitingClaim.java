package io.millrace.ingest.topology;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A claim that waits for its image.
 *
 * @param record of no bytes
 * @param origin where it was read
 */
record WaitingClaim(Record<byte[], byte[]> record, RecordMetadata origin) {
  private static final int FORM = 1;
  private static final byte[] NO_BYTES = {};

  private record Origin(String topic, int partition, long offset) implements RecordMetadata {}

  /**
   * As its store holds it: form, partition, offset, time, key, headers; −1 is the length of none.
   */
  byte[] encoded() {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(FORM);
      out.writeInt(origin.partition());
      out.writeLong(origin.offset());
      out.writeLong(record.timestamp());
      write(out, record.key());
      Header[] headers = record.headers().toArray();
      out.writeInt(headers.length);
      for (Header header : headers) {
        write(out, header.key().getBytes(StandardCharsets.UTF_8));
        write(out, header.value());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, byte @Nullable [] bytes) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  /**
   * Reads what {@link #encoded} wrote.
   *
   * @param topic images.raw
   * @throws IllegalStateException where it was another form
   */
  static WaitingClaim of(byte[] encoded, String topic) {
    try (var in = new DataInputStream(new ByteArrayInputStream(encoded))) {
      int form = in.readByte();
      if (form != FORM) {
        throw new IllegalStateException("a waiting claim of form " + form + ": expected " + FORM);
      }
      var origin = new Origin(topic, in.readInt(), in.readLong());
      long timestamp = in.readLong();
      byte[] key = read(in);
      Headers headers = new RecordHeaders();
      for (int left = in.readInt(); left > 0; left--) {
        byte[] name = read(in);
        headers.add(new String(name == null ? NO_BYTES : name, StandardCharsets.UTF_8), read(in));
      }
      return new WaitingClaim(new Record<>(key, NO_BYTES, timestamp, headers), origin);
    } catch (IOException e) {
      throw new IllegalStateException("a waiting claim is cut off", e);
    }
  }

  private static byte @Nullable [] read(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : in.readNBytes(length);
  }
}
