package io.millrace.ingest.stream;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Image ids: the bytes of a record's key, as text, without loss. A key that is UTF-8 without
 * control characters is its own text; any other (long, UUID, Avro, Latin-1) becomes {@code bytes:}
 * and the key in base64url without padding (RFC 4648, section 5), as does text that starts so
 * itself. Two keys never have one id, and {@link #encode} gives back the key of each.
 */
public final class ImageId {
  /** How the id of a key starts that is no text. */
  public static final String ESCAPED = "bytes:";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private ImageId() {}

  /** The id of a record's key. */
  public static String decode(byte[] key) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      return escaped(key);
    }
    return text.startsWith(ESCAPED) || text.chars().anyMatch(ImageId::isControl)
        ? escaped(key)
        : text;
  }

  /**
   * The key of an id. What only looks like an escaped key is text as it stands.
   *
   * @throws IllegalArgumentException where the id holds half a surrogate pair, which no key has
   */
  public static byte[] encode(String id) {
    if (id.startsWith(ESCAPED)) {
      try {
        byte[] key = Base64.getUrlDecoder().decode(id.substring(ESCAPED.length()));
        if (escaped(key).equals(id)) {
          return key;
        }
      } catch (IllegalArgumentException e) {
        // Not base64url, so nobody's escaped key.
      }
    }
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(id));
      byte[] key = new byte[bytes.remaining()];
      bytes.get(key);
      return key;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("an image id that is no Unicode text: " + id, e);
    }
  }

  private static String escaped(byte[] key) {
    return ESCAPED + BASE64.encodeToString(key);
  }

  /** No command line, header or log can say these. */
  private static boolean isControl(int character) {
    return Character.isISOControl(character);
  }
}
