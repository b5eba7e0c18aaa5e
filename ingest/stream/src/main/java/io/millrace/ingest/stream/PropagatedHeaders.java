package io.millrace.ingest.stream;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The producers' headers that travel with an image, from images.raw to its embeddings, targets and
 * search results. A value that is no text (UTF-8 without control characters) or is longer than
 * {@code maxBytes} stays behind.
 *
 * @param names which, at most {@link #MOST_NAMES}
 * @param maxBytes of a value, 1 to {@link #MOST_BYTES}
 */
public record PropagatedHeaders(List<String> names, int maxBytes) {
  /** W3C trace context: the position in a trace. */
  public static final String TRACEPARENT = "traceparent";

  /** W3C trace context: what vendors add to it. */
  public static final String TRACESTATE = "tracestate";

  /** Names at most. */
  public static final int MOST_NAMES = 16;

  /** Bytes of a value at most, whatever is configured. */
  public static final int MOST_BYTES = 2048;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  // What Millrace sets or reads itself: a producer's must not pass for it.
  private static final Set<String> OWN =
      Set.of(
          ImageHeaders.CE_SOURCE,
          ImageHeaders.CE_LABEL,
          ImageHeaders.CONTENT_TYPE,
          ImageHeaders.WIDTH,
          ImageHeaders.HEIGHT,
          ImageHeaders.SHA256,
          ImageHeaders.ORIGINAL_SHA256,
          ImageHeaders.ORIGINAL_BYTES,
          ImageHeaders.ORIGINAL_WIDTH,
          ImageHeaders.ORIGINAL_HEIGHT,
          ImageHeaders.REASON,
          ImageHeaders.DETAIL,
          ImageHeaders.ORIGIN_TOPIC,
          ImageHeaders.ORIGIN_PARTITION,
          ImageHeaders.ORIGIN_OFFSET,
          "model.id",
          "model.version",
          "dim",
          "dtype",
          "norm",
          "preproc.hash",
          "source.topic",
          "source.partition",
          "source.offset",
          "layout");

  // Of a search: a filter by a header of such a name would mean two things.
  private static final Set<String> SEARCH_WORDS =
      Set.of("source", "from", "until", "k", "version", "exact", "id", "vector", "image", "filter");

  public PropagatedHeaders {
    names = List.copyOf(names);
    if (names.size() > MOST_NAMES) {
      throw new IllegalArgumentException(
          "headers has " + names.size() + " names: expected at most " + MOST_NAMES);
    }
    if (new HashSet<>(names).size() != names.size()) {
      throw new IllegalArgumentException("headers is " + names + ": expected each name once");
    }
    for (String name : names) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "headers has '" + name + "': expected 1 to 100 of a-z A-Z 0-9 . _ -");
      }
      if (OWN.contains(name) || SEARCH_WORDS.contains(name) || name.startsWith("millrace")) {
        throw new IllegalArgumentException(
            "headers has '" + name + "': expected a name that Millrace does not use itself");
      }
    }
    if (maxBytes < 1 || maxBytes > MOST_BYTES) {
      throw new IllegalArgumentException(
          "maxHeaderBytes is " + maxBytes + ": expected 1 to " + MOST_BYTES);
    }
  }

  /** The event's id and subject, the trace, tenant and camera; 1,024 bytes each. */
  public static PropagatedHeaders defaults() {
    return new PropagatedHeaders(
        List.of(
            ImageHeaders.CE_ID,
            ImageHeaders.CE_SUBJECT,
            TRACEPARENT,
            TRACESTATE,
            "tenant",
            "camera"),
        1024);
  }

  /** Whether Millrace itself sets or reads a header of this name. */
  public static boolean isOwn(String name) {
    return OWN.contains(name);
  }

  /**
   * Copies those that travel.
   *
   * @param dropped called with the name of each that has to stay behind, and why
   */
  public void copy(Headers from, Headers to, BiConsumer<String, String> dropped) {
    for (String name : names) {
      Header header = from.lastHeader(name);
      if (header == null || header.value() == null) {
        continue;
      }
      if (header.value().length > maxBytes) {
        dropped.accept(
            name, header.value().length + " bytes: expected at most " + maxBytes + " bytes");
      } else if (text(header.value()) == null) {
        dropped.accept(name, "no UTF-8 text without control characters");
      } else {
        to.remove(name);
        to.add(name, header.value());
      }
    }
  }

  /** What a record that Millrace wrote carries of producers' headers, by name. */
  public static SortedMap<String, String> carried(Headers headers) {
    var out = new TreeMap<String, String>();
    for (Header header : headers) {
      if (!OWN.contains(header.key())
          && NAME.matcher(header.key()).matches()
          && header.value() != null
          && header.value().length <= MOST_BYTES) {
        String text = text(header.value());
        if (text != null) {
          out.put(header.key(), text);
        }
      }
    }
    return Collections.unmodifiableSortedMap(out);
  }

  private static @Nullable String text(byte[] value) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      return text.chars().anyMatch(Character::isISOControl) ? null : text;
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
