package io.millrace.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredImageTest {
  private final AcceptImages images =
      new AcceptImages(
          new ImageDecoder(DecodeLimits.defaults()), AcceptSettings.defaults().withMaxSide(256));

  @ParameterizedTest
  @CsvSource({"96, 128", "200, 128", "640, 160", "640, 1000"})
  void pixelsAreThoseThatTheLearnerSeesHoweverTheyAreHeld(int side, int maxSide) {
    byte[] file = EncodedImages.jpeg(Photographs.pixels(side, side * 3 / 4, 1), 0.9f);
    var decoded = (DecodeOutcome.Decoded) images.decode(file);
    StoredImage stored = Objects.requireNonNull(StoredImage.of("a", file, images, maxSide));
    for (int time = 0; time < 2; time++) {
      PixelImage pixels = stored.decoded().image();
      PixelImage expected = decoded.image().shrinkTo(maxSide);
      assertThat(pixels.width()).isEqualTo(expected.width());
      assertThat(pixels.rgb()).isEqualTo(expected.rgb());
      assertThat(StoredImage.pixels(List.of(stored)).get(0).rgb()).isEqualTo(expected.rgb());
    }
    assertThat(stored.bytes()).isLessThanOrEqualTo(stored.decoded().image().rgb().length / 2);
  }

  @Test
  void isHeldAsPixelsWhereAFileWouldSaveLittle() {
    byte[] thumbnail = EncodedImages.jpeg(Photographs.pixels(32, 32, 1), 0.9f);
    StoredImage small = Objects.requireNonNull(StoredImage.of("a", thumbnail, images, 128));
    assertThat(small.bytes()).isEqualTo(32 * 32 * 3);
    byte[] grain = EncodedImages.png(Photographs.pixels(96, 96, 1));
    StoredImage png = Objects.requireNonNull(StoredImage.of("b", grain, images, 128));
    assertThat(png.bytes()).isEqualTo(96 * 96 * 3);
  }

  @Test
  void whatDoesNotDecodeIsNotStored() {
    byte[] file = EncodedImages.jpeg(Photographs.pixels(96, 96, 1), 0.9f);
    assertThat(StoredImage.of("a", java.util.Arrays.copyOf(file, 900), images, 128)).isNull();
    assertThat(StoredImage.of("a", new byte[0], images, 128)).isNull();
  }

  @Test
  void keepsItsPixelsUnderAnotherId() {
    byte[] file = EncodedImages.jpeg(Photographs.pixels(96, 96, 1), 0.9f);
    StoredImage stored = Objects.requireNonNull(StoredImage.of("a", file, images, 128));
    IdentifiedImage renamed = stored.withId("b").decoded();
    assertThat(renamed.id()).isEqualTo("b");
    assertThat(renamed.image().rgb()).isEqualTo(stored.decoded().image().rgb());
  }
}
