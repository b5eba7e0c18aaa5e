package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.auxloss.DenseArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An answer of the Open Inference Protocol, written out.
 *
 * @param headerLength length of the JSON before binary tensors; −1 where all of it is JSON
 */
record InferResponse(byte[] body, int headerLength) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Writes those outputs that the request wants, in JSON or binary as it asks for each. */
  static InferResponse of(
      String name, long version, InferRequest request, Map<String, DenseArray> outputs) {
    try {
      var json = new ByteArrayOutputStream();
      List<byte[]> binaries = new ArrayList<>();
      try (JsonGenerator out = JSON.createGenerator(json)) {
        out.writeStartObject();
        out.writeStringField("model_name", name);
        out.writeStringField("model_version", Long.toString(version));
        if (request.id() != null) {
          out.writeStringField("id", request.id());
        }
        out.writeArrayFieldStart("outputs");
        for (Map.Entry<String, DenseArray> e : outputs.entrySet()) {
          if (request.wants(e.getKey())) {
            write(out, e.getKey(), e.getValue(), request.binary(e.getKey()), binaries);
          }
        }
        out.writeEndArray();
        out.writeEndObject();
      }
      int header = binaries.isEmpty() ? -1 : json.size();
      for (byte[] binary : binaries) {
        json.write(binary);
      }
      return new InferResponse(json.toByteArray(), header);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(
      JsonGenerator out, String name, DenseArray values, boolean binary, List<byte[]> binaries)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("name", name);
    out.writeStringField("datatype", InferTensor.FP32);
    out.writeArrayFieldStart("shape");
    for (long length : values.shape()) {
      out.writeNumber(length);
    }
    out.writeEndArray();
    float[] numbers = values.values();
    if (binary) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(numbers);
      binaries.add(bytes.array());
      out.writeObjectFieldStart("parameters");
      out.writeNumberField("binary_data_size", bytes.capacity());
      out.writeEndObject();
    } else {
      out.writeArrayFieldStart("data");
      for (float number : numbers) {
        out.writeNumber(number);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }
}
