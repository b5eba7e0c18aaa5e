package io.millrace.serving.connect;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/** How a vector looks to a sink. */
enum VectorFormat {
  /** A list of float32. */
  ARRAY(SchemaBuilder.array(Schema.FLOAT32_SCHEMA).build()),
  /** Text as pgvector reads it: {@code [0.6,0.8]}. */
  TEXT(Schema.STRING_SCHEMA),
  /** Little-endian float32, as on the topic. */
  BYTES(Schema.BYTES_SCHEMA);

  private final Schema schema;

  VectorFormat(Schema schema) {
    this.schema = schema;
  }

  Schema schema() {
    return schema;
  }

  /** The vector as a value of {@link #schema}; [dim]. */
  Object of(float[] vector) {
    return switch (this) {
      case ARRAY -> list(vector);
      case TEXT -> text(vector);
      case BYTES -> bytes(vector);
    };
  }

  private static List<Float> list(float[] vector) {
    var list = new ArrayList<Float>(vector.length);
    for (float v : vector) {
      list.add(v);
    }
    return list;
  }

  private static String text(float[] vector) {
    var text = new StringBuilder("[");
    for (int i = 0; i < vector.length; i++) {
      text.append(i == 0 ? "" : ",").append(vector[i]);
    }
    return text.append(']').toString();
  }

  private static byte[] bytes(float[] vector) {
    ByteBuffer out = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    out.asFloatBuffer().put(vector);
    return out.array();
  }
}
