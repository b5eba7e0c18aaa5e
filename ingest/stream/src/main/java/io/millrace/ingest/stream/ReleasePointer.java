package io.millrace.ingest.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which version of a model serving uses: the value under {@code model@serving}.
 *
 * @param before versions that were pointed at before, the latest last: where a roll-back goes
 */
public record ReleasePointer(String model, long version, List<Long> before) {
  /** Versions that {@link #before} keeps at most. */
  public static final int MOST_BEFORE = 100;

  // A newer Millrace may add fields; a reader of this one goes on.
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** A pointer that an earlier Millrace wrote has no {@code before}. */
  public ReleasePointer(String model, long version, @Nullable List<Long> before) {
    this.model = model;
    this.version = version;
    this.before = before == null ? List.of() : List.copyOf(before);
  }

  /** A first pointer: nothing served before. */
  public ReleasePointer(String model, long version) {
    this(model, version, List.of());
  }

  /** The pointer that follows this one; this one's version is then the latest before. */
  public ReleasePointer then(long next) {
    if (next == version) {
      return this;
    }
    var versions = new ArrayList<>(before);
    versions.add(version);
    return new ReleasePointer(
        model, next, versions.subList(Math.max(0, versions.size() - MOST_BEFORE), versions.size()));
  }

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
