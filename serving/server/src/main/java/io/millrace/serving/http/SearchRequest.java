package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.millrace.serving.index.SearchFilter;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to look for: exactly one of a vector, an encoded image, an image id.
 *
 * @param vector a query of any length over 0
 * @param image encoded image
 * @param id image id
 * @param version version that the client expects, which a vector must name; null for whichever
 *     serves
 * @param k neighbors
 * @param exact whether to look at every image instead of the graph
 * @param withVector whether the answer is to hold the vector that was looked for
 */
record SearchRequest(
    float @Nullable [] vector,
    byte @Nullable [] image,
    @Nullable String id,
    @Nullable Long version,
    int k,
    SearchFilter filter,
    boolean exact,
    boolean withVector) {
  static final int DEFAULT_K = 10;
  private static final int MOST_COMPONENTS = 16_384;

  // Null stands for absent.
  private static final Set<String> KEYS =
      Set.of("vector", "image", "id", "version", "k", "filter", "exact", "withVector");
  private static final Set<String> FILTER_KEYS = Set.of("source", "from", "until");
  private static final Set<String> QUERY_KEYS =
      Set.of("k", "version", "exact", "withVector", "source", "from", "until");

  SearchRequest {
    int given = (vector != null ? 1 : 0) + (image != null ? 1 : 0) + (id != null ? 1 : 0);
    if (given != 1) {
      throw ApiError.bad("body", "has " + given + " of vector, image and id: expected one");
    }
    if (vector != null && version == null) {
      throw ApiError.bad("version", "is missing: a vector belongs to the version that made it");
    }
  }

  /**
   * Reads the JSON form.
   *
   * @param headers names that a filter may have besides
   */
  static SearchRequest read(byte[] body, int maxK, List<String> headers) {
    JsonFactory json =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxStringLength(Math.max(1024, body.length))
                    .build())
            .build();
    try (JsonParser in = json.createParser(body)) {
      return read(in, maxK, headers);
    } catch (IOException e) {
      throw InferReader.notJson(e);
    }
  }

  private static SearchRequest read(JsonParser in, int maxK, List<String> headers)
      throws IOException {
    if (in.nextToken() != JsonToken.START_OBJECT) {
      throw ApiError.bad("body", "is no JSON object");
    }
    float[] vector = null;
    byte[] image = null;
    String id = null;
    Long version = null;
    int k = DEFAULT_K;
    SearchFilter filter = SearchFilter.ALL;
    boolean exact = false;
    boolean withVector = false;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      JsonToken value = in.nextToken();
      if (value == JsonToken.VALUE_NULL && KEYS.contains(key)) {
        continue;
      }
      switch (key) {
        case "vector" -> vector = vector(in, value);
        case "image" -> image = InferReader.base64(text(in, value, key), key);
        case "id" -> id = text(in, value, key);
        case "version" -> version = version(in, value);
        case "k" -> k = k(number(in, value, key), maxK);
        case "filter" -> filter = filter(in, value, headers);
        case "exact" -> exact = truth(value, key);
        case "withVector" -> withVector = truth(value, key);
        default ->
            throw ApiError.bad(
                key,
                "is unknown: expected vector, image, id, version, k, filter, exact or withVector");
      }
    }
    if (in.nextToken() != null) {
      throw ApiError.bad("body", "goes on after its JSON object");
    }
    return new SearchRequest(vector, image, id, version, k, filter, exact, withVector);
  }

  /** Checks the number of neighbors. */
  private static int k(long k, int most) {
    if (k < 1 || k > most) {
      throw ApiError.bad("k", "is " + k + ": expected 1 to " + most + " (search.maxNeighbors)");
    }
    return (int) k;
  }

  /** Reads the form whose body is an image. */
  static SearchRequest ofImage(
      byte[] image, Map<String, List<String>> query, int maxK, List<String> headers) {
    var given = new HashMap<String, String>();
    query.forEach(
        (name, values) -> {
          if (!QUERY_KEYS.contains(name) && !headers.contains(name)) {
            throw ApiError.bad(
                name, "is unknown: expected k, version, exact, withVector, " + filterKeys(headers));
          }
          given.put(name, values.get(0));
        });
    String k = given.remove("k");
    String version = given.remove("version");
    String exact = given.remove("exact");
    String withVector = given.remove("withVector");
    return new SearchRequest(
        null,
        image,
        null,
        version == null ? null : (Long) InferenceCalls.number(version),
        k == null ? DEFAULT_K : k(k.matches("\\d{1,9}") ? Long.parseLong(k) : 0, maxK),
        filter(given),
        "true".equals(exact),
        "true".equals(withVector));
  }

  private static String filterKeys(List<String> headers) {
    return "source, from, until"
        + (headers.isEmpty()
            ? ""
            : " or a header of ingest.headers: " + String.join(", ", headers));
  }

  /** A filter of texts as they come in a query or a body, without what is not filtered. */
  private static SearchFilter filter(Map<String, String> given) {
    var headers = new HashMap<>(given);
    String source = headers.remove("source");
    String from = headers.remove("from");
    String until = headers.remove("until");
    try {
      return new SearchFilter(
          source, millis(from, "filter.from"), millis(until, "filter.until"), headers);
    } catch (IllegalArgumentException e) {
      throw ApiError.bad("filter", "is not possible: " + e.getMessage());
    }
  }

  private static @Nullable Long millis(@Nullable String time, String field) {
    try {
      return time == null ? null : (Long) Instant.parse(time).toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw ApiError.bad(field, "is no time such as 2026-05-01T12:00:00Z");
    }
  }

  private static SearchFilter filter(JsonParser in, JsonToken start, List<String> headers)
      throws IOException {
    if (start != JsonToken.START_OBJECT) {
      throw ApiError.bad("filter", "is no object");
    }
    var given = new HashMap<String, String>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String key = in.currentName();
      JsonToken value = in.nextToken();
      if (!FILTER_KEYS.contains(key) && !headers.contains(key)) {
        throw ApiError.bad("filter." + key, "is unknown: expected " + filterKeys(headers));
      }
      if (value != JsonToken.VALUE_NULL) {
        given.put(key, text(in, value, "filter." + key));
      }
    }
    return filter(given);
  }

  private static float[] vector(JsonParser in, JsonToken start) throws IOException {
    if (start != JsonToken.START_ARRAY) {
      throw ApiError.bad("vector", "is no list of numbers");
    }
    float[] out = new float[64];
    int count = 0;
    while (in.nextToken() != JsonToken.END_ARRAY) {
      JsonToken token = in.currentToken();
      if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
        throw ApiError.bad("vector", "holds " + token + " at " + count + ": expected numbers");
      }
      if (count == MOST_COMPONENTS) {
        throw ApiError.large("vector", "has more than " + MOST_COMPONENTS + " components");
      }
      if (count == out.length) {
        out = Arrays.copyOf(out, 2 * count);
      }
      out[count++] = (float) in.getDoubleValue();
    }
    return Arrays.copyOf(out, count);
  }

  private static String text(JsonParser in, JsonToken token, String field) throws IOException {
    if (token != JsonToken.VALUE_STRING) {
      throw ApiError.bad(field, "is no text");
    }
    return in.getText();
  }

  /** A number, or its text in the inference protocol. */
  private static long version(JsonParser in, JsonToken token) throws IOException {
    if (token == JsonToken.VALUE_STRING && in.getText().matches("[0-9]{1,18}")) {
      return Long.parseLong(in.getText());
    }
    return number(in, token, "version");
  }

  private static long number(JsonParser in, JsonToken token, String field) throws IOException {
    if (token != JsonToken.VALUE_NUMBER_INT || in.getTextLength() > 18) {
      throw ApiError.bad(field, "is no whole number");
    }
    return in.getLongValue();
  }

  private static boolean truth(JsonToken token, String field) {
    if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
      throw ApiError.bad(field, "is neither true nor false");
    }
    return token == JsonToken.VALUE_TRUE;
  }
}
