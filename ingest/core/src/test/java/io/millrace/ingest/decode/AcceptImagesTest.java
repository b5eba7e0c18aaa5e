package io.millrace.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.image.ImageFormat;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AcceptImagesTest {
  private static final AcceptSettings SETTINGS = AcceptSettings.defaults();

  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
  private final AcceptImages images = new AcceptImages(decoder, SETTINGS);

  @AfterEach
  void close() {
    decoder.close();
  }

  @Test
  void aFileThatNeedsNothingPassesByteForByte() {
    PixelImage small = Photographs.pixels(300, 200, 1);
    byte[][] files = {
      EncodedImages.jpeg(small, 0.9f),
      EncodedImages.png(small),
      TestImages.jpegOf(TestImages.buffered(small, BufferedImage.TYPE_BYTE_GRAY)),
      TestImages.pngOf(TestImages.buffered(small, BufferedImage.TYPE_BYTE_GRAY)),
      TestImages.progressive(TestImages.buffered(small, BufferedImage.TYPE_INT_RGB)),
    };
    for (byte[] file : files) {
      assertThat(images.accept(file).value()).isSameAs(file);
      assertThat(pixels(images.decode(file)).rgb()).isEqualTo(pixels(decoder.decode(file)).rgb());
    }
  }

  @Test
  void metadataGoesAndPixelsStayAsTheyAreCoded() {
    byte[] plain = EncodedImages.jpeg(Photographs.pixels(300, 200, 1), 0.9f);
    byte[] secret = "GPSLatitude 52.5".getBytes(StandardCharsets.ISO_8859_1);
    byte[] carrying = TestImages.withExif(plain, 1);
    carrying =
        TestImages.withSegment(carrying, 0xE1, join("http://ns.adobe.com/xap/1.0/\0", secret));
    carrying = TestImages.withSegment(carrying, 0xED, join("Photoshop 3.0\0", secret));
    carrying = TestImages.withSegment(carrying, 0xFE, secret);
    byte[] after = join(new String(carrying, StandardCharsets.ISO_8859_1), secret);
    assertThat(images.accept(after).value()).isEqualTo(plain);
    assertThat(
            new AcceptImages(decoder, new AcceptSettings(512, 0.9, true, true))
                .accept(after)
                .value())
        .isSameAs(after);
    byte[] profile = TestImages.withSegment(plain, 0xE2, join("ICC_PROFILE\0\1\1", secret));
    assertThat(images.accept(profile).value()).as("what colors mean stays").isSameAs(profile);
  }

  @Test
  void flawsGoAndPixelsStayAsTheyAreCoded() {
    PixelImage image = Photographs.pixels(300, 200, 1);
    byte[] plain = EncodedImages.jpeg(image, 0.9f);
    byte[] png = EncodedImages.png(image);
    byte[] comment = TestImages.chunk("tEXt", "a\0b".getBytes(StandardCharsets.ISO_8859_1));
    comment[comment.length - 1] ^= 1; // wrong CRC
    byte[][] files = {
      insert(plain, 2, bytes(0xFF, 0xFF)),
      insert(plain, 20, bytes(1, 2, 3)), // after the JFIF segment
      insert(plain, plain.length - 2, bytes(0xFF, 0xFF, 0xFF)),
      insert(plain, plain.length - 2, bytes(7, 7)),
      insert(plain, 2, bytes(0xFF, 0xE5, 0, 0)),
      TestImages.withAdobe(plain, 2),
      TestImages.withoutSegments(EncodedImages.jpeg(image, 0.75f), 0xC4),
      insert(png, 33, comment),
      insert(png, 33, TestImages.chunk("tRNS", new byte[] {0})),
      java.util.Arrays.copyOf(png, png.length - 12),
    };
    for (byte[] file : files) {
      byte[] value = images.accept(file).value();
      assertThat(value).isNotNull();
      assertThat(pixels(decoder.decode(value)).rgb()).isEqualTo(pixels(decoder.decode(file)).rgb());
      assertThat(images.accept(value).value()).isSameAs(value);
      assertThat(value.length).isLessThan(file.length + 600);
    }
  }

  private static byte[] bytes(int... values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = (byte) values[i];
    }
    return out;
  }

  @Test
  void metadataOfPngGoesToo() {
    byte[] plain = EncodedImages.png(Photographs.pixels(40, 30, 1));
    byte[] text =
        TestImages.chunk("tEXt", "Author\0somebody".getBytes(StandardCharsets.ISO_8859_1));
    byte[] time = TestImages.chunk("tIME", new byte[] {7, (byte) 0xE8, 1, 1, 0, 0, 0});
    byte[] carrying = insert(plain, 33, text, time);
    assertThat(images.accept(carrying).value()).isEqualTo(plain);
  }

  @Test
  void aPhotographBecomesUprightAndSmallAndKnowsWhatItWas() {
    byte[] file = Photographs.jpegWithExif(1280, 960, 3, 6);
    AcceptedImage accepted = images.accept(file);
    assertThat(accepted.width()).isEqualTo(960);
    assertThat(accepted.height()).isEqualTo(1280);
    byte[] value = accepted.value();
    assertThat(value).isNotNull();
    assertThat(ImageFormat.of(value)).isEqualTo(ImageFormat.JPEG);
    PixelImage shown = pixels(decoder.decode(value));
    assertThat(shown.width()).isEqualTo(384);
    assertThat(shown.height()).isEqualTo(512);
    assertThat(psnr(shown, pixels(decoder.decode(file)).shrinkTo(512))).isGreaterThan(32);
    assertThat(new String(value, StandardCharsets.ISO_8859_1)).doesNotContain("Exif");
    assertThat(value.length).isLessThan(60_000);
  }

  @Test
  void whatWasAcceptedOnceIsAcceptedAsItIs() {
    byte[][] files = {
      Photographs.jpegWithExif(1280, 960, 3, 8),
      Photographs.jpeg(700, 3000, 4),
      Photographs.jpeg(4000, 12, 5),
      EncodedImages.png(Photographs.pixels(900, 700, 6)),
      TestImages.pngOf(
          TestImages.buffered(Photographs.pixels(80, 60, 7), BufferedImage.TYPE_INT_ARGB)),
      TestImages.withAdobe(TestImages.jpegOf(TestImages.flat(60, 40, 200, 100, 50, 220)), 0),
    };
    for (byte[] file : files) {
      byte[] value = images.accept(file).value();
      assertThat(value).isNotNull().isNotSameAs(file);
      assertThat(images.accept(value).value()).isSameAs(value);
      assertThat(pixels(images.decode(file)).rgb())
          .as("a request sees what the stream sees")
          .isEqualTo(pixels(decoder.decode(value)).rgb());
    }
  }

  @Test
  void transparencyInkAndWideSamplesBecomePlainColors() {
    byte[] clear =
        TestImages.pngOf(
            TestImages.buffered(Photographs.pixels(80, 60, 7), BufferedImage.TYPE_INT_ARGB));
    byte[] value = images.accept(clear).value();
    assertThat(value).isNotNull();
    assertThat(pixels(decoder.decode(value)).rgb())
        .as("without loss")
        .isEqualTo(pixels(decoder.decode(clear)).rgb());
    assertThat(value[25]).as("color type").isEqualTo((byte) 2);
    byte[] ink =
        TestImages.withAdobe(TestImages.jpegOf(TestImages.flat(60, 40, 200, 100, 50, 220)), 0);
    byte[] rgb = images.accept(ink).value();
    assertThat(rgb).isNotNull();
    assertThat(Samples.arePlain(rgb)).isTrue();
    assertThat(psnr(pixels(decoder.decode(rgb)), pixels(decoder.decode(ink)))).isGreaterThan(40);
  }

  @Test
  void aGraphicThatWouldGrowGoesOnAsJpeg() {
    var random = new Random(1);
    var palette = new BufferedImage(900, 900, BufferedImage.TYPE_BYTE_BINARY);
    for (int i = 0; i < 900 * 900; i++) {
      palette.setRGB(i % 900, i / 900, random.nextBoolean() ? 0xFFFFFF : 0);
    }
    byte[] file = TestImages.pngOf(palette);
    byte[] value = images.accept(file).value();
    assertThat(value).isNotNull();
    assertThat(ImageFormat.of(value)).isEqualTo(ImageFormat.JPEG);
  }

  @Test
  void aSmallGraphicMayGrowAndLosesNothing() {
    var random = new Random(1);
    var graphic = new BufferedImage(90, 60, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 90 * 60; i++) {
      graphic.getRaster().setSample(i % 90, i / 90, 0, random.nextInt(256));
    }
    byte[] clear =
        insert(TestImages.pngOf(graphic), 33, TestImages.chunk("tRNS", new byte[] {0, 100}));
    byte[] value = images.accept(clear).value();
    assertThat(value).isNotNull();
    assertThat(value.length).isGreaterThan(clear.length);
    assertThat(pixels(decoder.decode(value)).rgb()).isEqualTo(pixels(decoder.decode(clear)).rgb());
  }

  @Test
  void aLimitOfZeroChangesNothing() {
    byte[] file = Photographs.jpegWithExif(1280, 960, 3, 6);
    var asIs = new AcceptImages(decoder, SETTINGS.withMaxSide(0));
    AcceptedImage accepted = asIs.accept(file);
    assertThat(accepted.value()).isSameAs(file);
    assertThat(accepted.width()).isEqualTo(960);
    assertThat(pixels(accepted.outcome()).width()).isEqualTo(960);
  }

  @Test
  void aLongStripKeepsTheShortestSideAllowed() {
    byte[] value = images.accept(Photographs.jpeg(4000, 12, 5)).value();
    assertThat(value).isNotNull();
    PixelImage strip = pixels(decoder.decode(value));
    assertThat(strip.height()).isEqualTo(8);
    assertThat(strip.width()).isEqualTo(2667);
  }

  @Test
  void whatIsRefusedHasNoValue() {
    AcceptedImage refused = images.accept(new byte[] {1, 2, 3});
    assertThat(refused.outcome()).isInstanceOf(DecodeOutcome.Rejected.class);
    assertThat(refused.value()).isNull();
    assertThat(images.decode(new byte[] {1, 2, 3})).isInstanceOf(DecodeOutcome.Rejected.class);
  }

  private static PixelImage pixels(DecodeOutcome outcome) {
    assertThat(outcome).isInstanceOf(DecodeOutcome.Decoded.class);
    return ((DecodeOutcome.Decoded) outcome).image();
  }

  private static double psnr(PixelImage a, PixelImage b) {
    assertThat(a.rgb()).hasSameSizeAs(b.rgb());
    double square = 0.001;
    for (int i = 0; i < a.rgb().length; i++) {
      square += Math.pow((a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF), 2);
    }
    return 10 * Math.log10(255.0 * 255 * a.rgb().length / square);
  }

  private static byte[] join(String head, byte[] tail) {
    byte[] first = head.getBytes(StandardCharsets.ISO_8859_1);
    byte[] out = java.util.Arrays.copyOf(first, first.length + tail.length);
    System.arraycopy(tail, 0, out, first.length, tail.length);
    return out;
  }

  private static byte[] insert(byte[] file, int at, byte[]... parts) {
    var out = new java.io.ByteArrayOutputStream();
    out.write(file, 0, at);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    out.write(file, at, file.length - at);
    return out.toByteArray();
  }
}
