package io.millrace.serving.index;

import org.jspecify.annotations.Nullable;

/**
 * Which images a search may find.
 *
 * @param source those of this source; null for any
 * @param fromMillis those of this time or later, in milliseconds since 1970; null for any
 * @param untilMillis those before this time; null for any
 */
public record SearchFilter(
    @Nullable String source, @Nullable Long fromMillis, @Nullable Long untilMillis) {
  /** Every image. */
  public static final SearchFilter ALL = new SearchFilter(null, null, null);

  public SearchFilter {
    if (fromMillis != null && untilMillis != null && fromMillis >= untilMillis) {
      throw new IllegalArgumentException(
          "filter.from is " + fromMillis + ": expected less than filter.until, " + untilMillis);
    }
  }

  /** Whether an image passes. */
  public boolean passes(@Nullable String ofSource, long atMillis) {
    return (source == null || source.equals(ofSource))
        && (fromMillis == null || atMillis >= fromMillis)
        && (untilMillis == null || atMillis < untilMillis);
  }
}
