package io.millrace.ingest.source;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Names of files as text, the same on every machine: UTF-8 where their bytes are, else a fallback.
 */
final class FileNames {
  private static final char REPLACEMENT = '\uFFFD';

  private FileNames() {}

  /** The bytes as UTF-8; null when they are not. */
  static @Nullable String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** The bytes as UTF-8 or, where they are not, in another character set. */
  static String text(byte[] bytes, Charset otherwise) {
    String text = utf8(bytes);
    return text != null ? text : new String(bytes, otherwise);
  }

  /** A name whose characters stand for bytes; one with others beyond is text already. */
  static String ofLatin1(String name) {
    return name.chars().allMatch(c -> c <= 0xFF)
        ? text(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1)
        : name;
  }

  /**
   * A file's path below a folder, with slashes. Where the platform's own character set, which
   * follows the locale, can't say a name, its bytes are taken from the path's URI.
   */
  static String below(Path root, Path file) {
    String text = root.relativize(file).toString();
    if (text.indexOf(REPLACEMENT) < 0) {
      return text.replace('\\', '/');
    }
    StringBuilder out = new StringBuilder();
    for (Path part : root.relativize(file)) {
      out.append(out.length() == 0 ? "" : "/").append(name(part));
    }
    return out.toString();
  }

  private static String name(Path part) {
    String text = part.toString();
    if (text.indexOf(REPLACEMENT) < 0) {
      return text;
    }
    // The parent is of no matter: made absolute, a name is the last part of its URI.
    String uri = part.toAbsolutePath().toUri().getRawPath();
    String last = uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    return text(unescaped(last.substring(last.lastIndexOf('/') + 1)), StandardCharsets.ISO_8859_1);
  }

  private static byte[] unescaped(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '%') {
        bytes.write(Integer.parseInt(escaped.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(escaped.charAt(i));
      }
    }
    return bytes.toByteArray();
  }
}
