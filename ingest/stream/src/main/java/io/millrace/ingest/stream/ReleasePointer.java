package io.millrace.ingest.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Which version of a model serving uses: the value under {@code model@serving}. */
public record ReleasePointer(String model, long version) {
  // A newer Millrace may add fields; a reader of this one goes on.
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** The pointer's key for a model. */
  public static String key(String model) {
    return model + "@serving";
  }

  /** As JSON in UTF-8. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * From JSON.
   *
   * @throws IOException saying what is wrong
   */
  public static ReleasePointer fromJson(byte[] json) throws IOException {
    return JSON.readValue(json, ReleasePointer.class);
  }
}
