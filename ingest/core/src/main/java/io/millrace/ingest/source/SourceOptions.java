package io.millrace.ingest.source;

import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * How a folder or an archive is opened.
 *
 * @param followLinks whether links may lead out of a folder
 * @param zipNames character set of zip entries' names that do not say UTF-8 and are not; null for
 *     IBM437, the format's own, which keeps every name apart from every other
 */
public record SourceOptions(boolean followLinks, @Nullable Charset zipNames) {
  /** Links stay within their folder; names as the formats say. */
  public static SourceOptions defaults() {
    return new SourceOptions(false, null);
  }
}
