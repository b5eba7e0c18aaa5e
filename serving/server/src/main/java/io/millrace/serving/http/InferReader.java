package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request of the Open Inference Protocol v2: JSON, and after it the raw bytes of those
 * tensors that say {@code binary_data_size}. It goes through the JSON token by token, so that a
 * body costs no more memory than a small multiple of its length.
 */
final class InferReader {
  private static final int MOST_TENSORS = 64;
  private static final int MOST_DIMENSIONS = 8;
  private static final int MOST_BLOBS = 65_536;
  private static final String DATA_URL = ";base64,";
  private static final List<String> DATATYPES =
      List.of(InferTensor.FP32, InferTensor.UINT8, InferTensor.BYTES);

  private final JsonFactory json;
  private final byte[] body;
  private int binaryAt;

  private InferReader(byte[] body, int headerLength) {
    this.body = body;
    this.binaryAt = headerLength;
    json =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxStringLength(Math.max(1024, body.length))
                    .build())
            .build();
  }

  /**
   * Reads a request.
   *
   * @param headerLength length of the JSON as {@code Inference-Header-Content-Length} says; null
   *     where all of the body is JSON
   */
  static InferRequest read(byte[] body, @Nullable String headerLength) {
    int length = headerLength == null ? body.length : length(headerLength, body.length);
    var reader = new InferReader(body, length);
    try (JsonParser in = reader.json.createParser(body, 0, length)) {
      InferRequest request = reader.request(in);
      if (reader.binaryAt != body.length) {
        throw ApiError.bad(
            "body",
            "has "
                + (body.length - reader.binaryAt)
                + " bytes that no input's binary_data_size names");
      }
      return request;
    } catch (IOException e) {
      throw notJson(e);
    }
  }

  /** What to answer where a body is no JSON, without its contents. */
  static ApiError notJson(IOException e) {
    String words =
        e instanceof com.fasterxml.jackson.core.JacksonException j
            ? j.getOriginalMessage().lines().findFirst().orElse("not JSON")
            : "it ends too soon";
    return ApiError.bad("body", "is no JSON: " + words);
  }

  private static int length(String header, int most) {
    try {
      int length = Integer.parseInt(header.strip());
      if (length >= 0 && length <= most) {
        return length;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw ApiError.bad(
        "Inference-Header-Content-Length", "is '" + header + "': expected 0 to " + most);
  }

  private InferRequest request(JsonParser in) throws IOException {
    expect(in, in.nextToken(), JsonToken.START_OBJECT, "body");
    String id = null;
    Map<String, InferTensor> inputs = null;
    var outputs = new LinkedHashMap<String, Boolean>();
    var explicit = new LinkedHashMap<String, @Nullable Boolean>();
    boolean binary = false;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      JsonToken value = in.nextToken();
      if (value == JsonToken.VALUE_NULL) {
        continue; // as if it were not there
      }
      switch (field) {
        case "id" -> id = text(in, value, "id");
        case "inputs" -> inputs = inputs(in, value);
        case "outputs" -> outputs(in, value, explicit);
        case "parameters" -> {
          Map<String, Object> p = parameters(in, value, "parameters");
          binary = Boolean.TRUE.equals(p.get("binary_data_output"));
        }
        default -> in.skipChildren();
      }
    }
    if (in.nextToken() != null) {
      throw ApiError.bad("body", "goes on after its JSON object");
    }
    if (inputs == null) {
      throw ApiError.bad("inputs", "are missing");
    }
    for (Map.Entry<String, @Nullable Boolean> e : explicit.entrySet()) {
      Boolean own = e.getValue();
      outputs.put(e.getKey(), own == null ? binary : own);
    }
    return new InferRequest(id, inputs, outputs, binary);
  }

  private Map<String, InferTensor> inputs(JsonParser in, JsonToken start) throws IOException {
    expect(in, start, JsonToken.START_ARRAY, "inputs");
    var out = new LinkedHashMap<String, InferTensor>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      String field = "inputs[" + out.size() + "]";
      InferTensor tensor = input(in, in.currentToken(), field);
      if (out.size() == MOST_TENSORS || out.putIfAbsent(tensor.name(), tensor) != null) {
        throw ApiError.bad(field + ".name", "is '" + tensor.name() + "': expected each name once");
      }
    }
    return out;
  }

  private InferTensor input(JsonParser in, JsonToken start, String field) throws IOException {
    expect(in, start, JsonToken.START_OBJECT, field);
    String name = null;
    String datatype = null;
    List<Long> shape = null;
    Data data = null;
    Long binary = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      JsonToken value = in.nextToken();
      if (value == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (key) {
        case "name" -> name = text(in, value, field + ".name");
        case "datatype" -> datatype = text(in, value, field + ".datatype");
        case "shape" -> shape = shape(in, value, field + ".shape");
        case "data" -> data = data(in, value, field + ".data");
        case "parameters" ->
            binary =
                parameters(in, value, field + ".parameters").get("binary_data_size")
                        instanceof Long size
                    ? size
                    : null;
        default -> in.skipChildren();
      }
    }
    if (name == null || datatype == null || shape == null) {
      throw ApiError.bad(field, "lacks name, datatype or shape");
    }
    if (!DATATYPES.contains(datatype)) {
      throw unknown(field, datatype);
    }
    if ((data == null) == (binary == null)) {
      throw ApiError.bad(
          field,
          "'"
              + name
              + "' has "
              + (data == null ? "no data" : "data twice")
              + ": expected data or parameters.binary_data_size");
    }
    return binary == null
        ? fromJson(field, name, datatype, shape, java.util.Objects.requireNonNull(data))
        : fromBinary(field, name, datatype, shape, binary);
  }

  private static InferTensor fromJson(
      String field, String name, String datatype, List<Long> shape, Data data) {
    long elements = elements(shape, field);
    if (data.count() != elements) {
      throw ApiError.bad(
          field + ".data",
          "has "
              + data.count()
              + " elements: expected "
              + elements
              + " as shape "
              + shape
              + " says");
    }
    if (datatype.equals(InferTensor.BYTES) != (data.strings > 0)) {
      throw ApiError.bad(
          field + ".data",
          "does not fit datatype " + datatype + ": BYTES are base64 texts, others numbers");
    }
    return switch (datatype) {
      case InferTensor.FP32 -> new InferTensor(field, name, shape, data.floats(), null, null);
      case InferTensor.UINT8 ->
          new InferTensor(field, name, shape, null, bytes(data.floats(), field), null);
      case InferTensor.BYTES -> new InferTensor(field, name, shape, null, null, data.blobs);
      default -> throw unknown(field, datatype);
    };
  }

  private static byte[] bytes(float[] numbers, String field) {
    byte[] out = new byte[numbers.length];
    for (int i = 0; i < out.length; i++) {
      if (!(numbers[i] >= 0 && numbers[i] <= 255) || numbers[i] != (int) numbers[i]) {
        throw ApiError.bad(
            field + ".data",
            "is " + numbers[i] + " at " + i + ": expected whole numbers of 0 to 255");
      }
      out[i] = (byte) (int) numbers[i];
    }
    return out;
  }

  private InferTensor fromBinary(
      String field, String name, String datatype, List<Long> shape, long size) {
    String key = field + ".parameters.binary_data_size";
    long elements = elements(shape, field);
    if (size < 0 || size > body.length - binaryAt) {
      throw ApiError.bad(
          key, "is " + size + ": the body has " + (body.length - binaryAt) + " bytes left");
    }
    int from = binaryAt;
    int to = from + (int) size;
    binaryAt = to;
    switch (datatype) {
      case InferTensor.FP32 -> {
        requireSize(key, size, 4 * elements, shape);
        float[] values = new float[(int) elements];
        java.nio.ByteBuffer.wrap(body, from, to - from)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values);
        return new InferTensor(field, name, shape, values, null, null);
      }
      case InferTensor.UINT8 -> {
        requireSize(key, size, elements, shape);
        return new InferTensor(field, name, shape, null, Arrays.copyOfRange(body, from, to), null);
      }
      case InferTensor.BYTES -> {
        return new InferTensor(field, name, shape, null, null, blobs(key, from, to, elements));
      }
      default -> throw unknown(field, datatype);
    }
  }

  private static void requireSize(String key, long size, long expected, List<Long> shape) {
    if (size != expected) {
      throw ApiError.bad(
          key, "is " + size + ": expected " + expected + " as shape " + shape + " says");
    }
  }

  /** Elements with four bytes of length before each. */
  private List<byte[]> blobs(String key, int from, int to, long elements) {
    if (elements > MOST_BLOBS) {
      throw ApiError.large(key, "names " + elements + " elements: expected at most " + MOST_BLOBS);
    }
    var out = new ArrayList<byte[]>();
    var in =
        java.nio.ByteBuffer.wrap(body, from, to - from).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    while (in.remaining() >= 4 && out.size() < elements) {
      int length = in.getInt();
      if (length < 0 || length > in.remaining()) {
        throw ApiError.bad(
            key, "ends inside element " + out.size() + ", which says it has " + length + " bytes");
      }
      byte[] element = new byte[length];
      in.get(element);
      out.add(element);
    }
    if (in.hasRemaining() || out.size() != elements) {
      throw ApiError.bad(
          key,
          "holds "
              + out.size()
              + " elements and "
              + in.remaining()
              + " bytes more: expected "
              + elements
              + " elements");
    }
    return out;
  }

  private static ApiError unknown(String field, String datatype) {
    return ApiError.bad(field + ".datatype", "is '" + datatype + "': expected one of " + DATATYPES);
  }

  private static long elements(List<Long> shape, String field) {
    long product = 1;
    for (long length : shape) {
      if (length < 1 || length > Integer.MAX_VALUE || product > Integer.MAX_VALUE / length) {
        throw ApiError.bad(
            field + ".shape", "is " + shape + ": expected at least one element, at most 2³¹");
      }
      product *= length;
    }
    return product;
  }

  private static List<Long> shape(JsonParser in, JsonToken start, String field) throws IOException {
    expect(in, start, JsonToken.START_ARRAY, field);
    var out = new ArrayList<Long>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (in.currentToken() != JsonToken.VALUE_NUMBER_INT || out.size() == MOST_DIMENSIONS) {
        throw ApiError.bad(field, "is no list of at most " + MOST_DIMENSIONS + " whole numbers");
      }
      out.add(longValue(in, field));
    }
    return out;
  }

  private static long longValue(JsonParser in, String field) throws IOException {
    try {
      return in.getLongValue();
    } catch (com.fasterxml.jackson.core.exc.InputCoercionException e) {
      throw ApiError.bad(field, "holds " + in.getText().length() + " digits: expected fewer");
    }
  }

  /** Numbers or texts, however deeply nested, in their order. */
  private static final class Data {
    private float[] numbers = new float[16];
    private int count;
    private final List<byte[]> blobs = new ArrayList<>();
    private int strings;

    void add(float value) {
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = value;
    }

    int count() {
      return count + strings;
    }

    float[] floats() {
      return Arrays.copyOf(numbers, count);
    }
  }

  private static Data data(JsonParser in, JsonToken start, String field) throws IOException {
    expect(in, start, JsonToken.START_ARRAY, field);
    var out = new Data();
    for (int depth = 1; depth > 0; ) {
      JsonToken token = in.nextToken();
      if (token == JsonToken.START_ARRAY) {
        depth++;
      } else if (token == JsonToken.END_ARRAY) {
        depth--;
      } else if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
        out.add((float) in.getDoubleValue());
      } else if (token == JsonToken.VALUE_STRING) {
        if (out.strings == MOST_BLOBS) {
          throw ApiError.large(field, "has more than " + MOST_BLOBS + " texts");
        }
        out.blobs.add(base64(in.getText(), field));
        out.strings++;
      } else {
        throw ApiError.bad(
            field, "holds " + token + ": expected numbers, or base64 texts for BYTES");
      }
    }
    if (out.strings > 0 && out.count > 0) {
      throw ApiError.bad(field, "mixes numbers and texts");
    }
    return out;
  }

  /**
   * Bytes of a text: line ends and blanks, as encoders for mail make them, the alphabet for URLs
   * (RFC 4648, section 5) and a browser's {@code data:} URL are taken, too.
   */
  static byte[] base64(String text, String field) {
    String plain = text;
    if (plain.startsWith("data:") && plain.contains(DATA_URL)) {
      plain = plain.substring(plain.indexOf(DATA_URL) + DATA_URL.length());
    }
    if (plain.chars().anyMatch(c -> " \t\r\n-_".indexOf(c) >= 0)) {
      plain = plain.replaceAll("[\\r\\n \\t]+", "").replace('-', '+').replace('_', '/');
    }
    try {
      return Base64.getDecoder().decode(plain);
    } catch (IllegalArgumentException e) {
      throw ApiError.bad(field, "is not base64");
    }
  }

  private static void outputs(JsonParser in, JsonToken start, Map<String, @Nullable Boolean> out)
      throws IOException {
    expect(in, start, JsonToken.START_ARRAY, "outputs");
    while (in.nextToken() != JsonToken.END_ARRAY) {
      String field = "outputs[" + out.size() + "]";
      expect(in, in.currentToken(), JsonToken.START_OBJECT, field);
      String name = null;
      Boolean binary = null;
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String key = in.currentName();
        JsonToken value = in.nextToken();
        if (value == JsonToken.VALUE_NULL) {
          continue;
        }
        if (key.equals("name")) {
          name = text(in, value, field + ".name");
        } else if (key.equals("parameters")) {
          Object given = parameters(in, value, field + ".parameters").get("binary_data");
          binary = given instanceof Boolean b ? b : null;
        } else {
          in.skipChildren();
        }
      }
      if (name == null) {
        throw ApiError.bad(field + ".name", "is missing");
      }
      if (out.size() == MOST_TENSORS) {
        throw ApiError.bad("outputs", "are more than " + MOST_TENSORS);
      }
      out.put(name, binary);
    }
  }

  /** Truth values and whole numbers of a parameters object; others are skipped. */
  private static Map<String, Object> parameters(JsonParser in, JsonToken start, String field)
      throws IOException {
    expect(in, start, JsonToken.START_OBJECT, field);
    var out = new LinkedHashMap<String, Object>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      switch (in.nextToken()) {
        case VALUE_TRUE -> out.put(key, true);
        case VALUE_FALSE -> out.put(key, false);
        case VALUE_NUMBER_INT -> out.put(key, longValue(in, field + "." + key));
        default -> in.skipChildren();
      }
    }
    return out;
  }

  private static String text(JsonParser in, JsonToken token, String field) throws IOException {
    if (token != JsonToken.VALUE_STRING || in.getTextLength() > 1000) {
      throw ApiError.bad(field, "is no text of at most 1000 characters");
    }
    return in.getText();
  }

  private static void expect(
      JsonParser in, @Nullable JsonToken token, JsonToken expected, String field)
      throws IOException {
    if (token != expected) {
      throw ApiError.bad(
          field,
          "is "
              + (token == null ? "empty" : token)
              + ": expected "
              + (expected == JsonToken.START_ARRAY ? "a list" : "an object"));
    }
  }
}
