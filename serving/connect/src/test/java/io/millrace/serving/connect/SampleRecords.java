package io.millrace.serving.connect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Records of embeddings by hand, as docs/topics.md has them. */
final class SampleRecords {
  private SampleRecords() {}

  static Headers headers(int dimension) {
    Headers headers = new RecordHeaders();
    Map.of(
            "model.id", "model",
            "model.version", "3",
            "dim", Integer.toString(dimension),
            "dtype", "float32",
            "norm", "5.25",
            "preproc.hash", "abc",
            "source.topic", "millrace.images.accepted",
            "source.partition", "1",
            "source.offset", "17",
            "ce_source", "cameras")
        .forEach((name, text) -> headers.add(name, text.getBytes(UTF_8)));
    return headers;
  }

  static byte[] bytes(float... vector) {
    ByteBuffer value = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    value.asFloatBuffer().put(vector);
    return value.array();
  }
}
