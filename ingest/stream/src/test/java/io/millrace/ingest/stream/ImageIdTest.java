package io.millrace.ingest.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Test;

class ImageIdTest {
  @Property
  void anIdGivesItsKeyBack(@ForAll byte[] key) {
    assertThat(ImageId.encode(ImageId.decode(key))).isEqualTo(key);
  }

  @Property
  void differentKeysHaveDifferentIds(@ForAll @Size(max = 12) byte[] a, @ForAll byte[] b) {
    assertThat(ImageId.decode(a).equals(ImageId.decode(b))).isEqualTo(Arrays.equals(a, b));
  }

  @Property
  void anIdIsTextThatUtf8Carries(@ForAll byte[] key) {
    String id = ImageId.decode(key);
    assertThat(new String(id.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(id);
    assertThat(id.chars()).noneMatch(Character::isISOControl);
  }

  @Property
  void longsStayApart(@ForAll @UniqueElements @Size(max = 200) Set<Long> keys) {
    Set<String> ids = new HashSet<>();
    for (long key : keys) {
      ids.add(ImageId.decode(ByteBuffer.allocate(8).putLong(key).array()));
    }
    assertThat(ids).hasSameSizeAs(keys);
  }

  @Property
  void textIsItself(@ForAll String text) {
    boolean own =
        StandardCharsets.UTF_8.newEncoder().canEncode(text)
            && !text.startsWith("bytes:")
            && text.chars().noneMatch(Character::isISOControl);
    if (own) {
      byte[] key = text.getBytes(StandardCharsets.UTF_8);
      assertThat(ImageId.decode(key)).isEqualTo(text);
      assertThat(ImageId.encode(text)).isEqualTo(key);
    }
  }

  @Test
  void whatIsNoTextIsEscaped() {
    assertThat(ImageId.decode(new byte[] {0, 0, 0, 0, 0, 0, 0, 42})).isEqualTo("bytes:AAAAAAAAACo");
    assertThat(ImageId.decode("Bär".getBytes(StandardCharsets.ISO_8859_1))).isEqualTo("bytes:QuRy");
    assertThat(ImageId.decode("Bär".getBytes(StandardCharsets.UTF_8))).isEqualTo("Bär");
  }

  @Test
  void textThatLooksEscapedIsEscapedItself() {
    byte[] key = "bytes:QuRy".getBytes(StandardCharsets.UTF_8);
    assertThat(ImageId.decode(key)).startsWith("bytes:").isNotEqualTo("bytes:QuRy");
    assertThat(ImageId.encode(ImageId.decode(key))).isEqualTo(key);
    // Written by hand, and no escaped key: the text is the key.
    assertThat(ImageId.encode("bytes:not base64"))
        .isEqualTo("bytes:not base64".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> ImageId.encode("\uD800")).isInstanceOf(IllegalArgumentException.class);
  }
}
