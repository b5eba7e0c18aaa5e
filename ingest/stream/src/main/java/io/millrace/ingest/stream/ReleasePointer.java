package io.millrace.ingest.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which version of a model serving uses: the value under {@code model@serving}.
 *
 * @param before versions that were pointed at before, the latest last: where a roll-back goes
 * @param promotion rises with each pointer of a model, also over a topic that was made again; 0 in
 *     pointers of an earlier Millrace, whose record's time stands for it
 */
public record ReleasePointer(String model, long version, List<Long> before, long promotion) {
  /** Versions that {@link #before} keeps at most. */
  public static final int MOST_BEFORE = 100;

  // A newer Millrace may add fields; a reader of this one goes on.
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** A pointer that an earlier Millrace wrote has no {@code before}. */
  public ReleasePointer(String model, long version, @Nullable List<Long> before, long promotion) {
    this.model = model;
    this.version = version;
    this.before = before == null ? List.of() : List.copyOf(before);
    this.promotion = promotion;
  }

  /** A pointer that is not numbered yet. */
  public ReleasePointer(String model, long version, List<Long> before) {
    this(model, version, before, 0);
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

  /**
   * The same with its number: by the clock, so that one on a topic that was made again is above all
   * that were lost with the former, and above the one before it whatever the clock says.
   *
   * @param last the pointer that is there now; null for none
   */
  public ReleasePointer numbered(@Nullable ReleasePointer last, Instant now) {
    long number = Math.max(now.toEpochMilli(), last == null ? 1 : last.promotion() + 1);
    return new ReleasePointer(model, version, before, number);
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
