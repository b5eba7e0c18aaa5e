package io.millrace.serving.index;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which images a search may find.
 *
 * @param source those of this source; null for any
 * @param fromMillis those of this time or later, in milliseconds since 1970; null for any
 * @param untilMillis those before this time; null for any
 * @param headers those with every one of these headers
 */
public record SearchFilter(
    @Nullable String source,
    @Nullable Long fromMillis,
    @Nullable Long untilMillis,
    Map<String, String> headers) {
  /** Every image. */
  public static final SearchFilter ALL = new SearchFilter(null, null, null);

  public SearchFilter {
    headers = Map.copyOf(headers);
    if (fromMillis != null && untilMillis != null && fromMillis >= untilMillis) {
      throw new IllegalArgumentException(
          "filter.from is " + fromMillis + ": expected less than filter.until, " + untilMillis);
    }
  }

  /** One without headers. */
  public SearchFilter(
      @Nullable String source, @Nullable Long fromMillis, @Nullable Long untilMillis) {
    this(source, fromMillis, untilMillis, Map.of());
  }

  /** Whether an image passes. */
  public boolean passes(@Nullable String ofSource, long atMillis, Map<String, String> ofHeaders) {
    return (source == null || source.equals(ofSource))
        && (fromMillis == null || atMillis >= fromMillis)
        && (untilMillis == null || atMillis < untilMillis)
        && ofHeaders.entrySet().containsAll(headers.entrySet());
  }
}
