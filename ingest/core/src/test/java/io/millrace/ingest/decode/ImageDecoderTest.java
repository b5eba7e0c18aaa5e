package io.millrace.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.DecodeOutcome.Decoded;
import io.millrace.ingest.decode.DecodeOutcome.Rejected;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final DecodeLimits LIMITS = DecodeLimits.defaults();

  private final ImageDecoder decoder = new ImageDecoder(LIMITS);

  @AfterEach
  void close() {
    decoder.close();
  }

  @Test
  void pngComesBackPixelForPixel() {
    PixelImage image = TestImages.corners(37, 21);

    assertThat(pixels(EncodedImages.png(image)).rgb()).isEqualTo(image.rgb());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void jpegComesBackNearlyTheSame(boolean progressive) {
    PixelImage image = TestImages.corners(40, 24);
    BufferedImage buffered = TestImages.buffered(image, BufferedImage.TYPE_3BYTE_BGR);
    byte[] file = progressive ? TestImages.progressive(buffered) : EncodedImages.jpeg(image, 0.95f);

    assertClose(pixels(file), image, 12);
  }

  @Test
  void thePixelsOfOneFileAreAlwaysTheSame() {
    byte[] file = EncodedImages.jpeg(TestImages.corners(64, 48), 0.8f);
    byte[] expected = pixels(file).rgb();

    List<byte[]> all =
        IntStream.range(0, 200).parallel().mapToObj(i -> pixels(file).rgb()).toList();

    assertThat(all).allSatisfy(rgb -> assertThat(rgb).isEqualTo(expected));
  }

  @Test
  void workerAndCallerMakeTheSamePixels() {
    byte[] file = EncodedImages.jpeg(TestImages.corners(64, 48), 0.8f);
    try (ImageDecoder onWorkers =
        new ImageDecoder(with(LIMITS.maxSide(), LIMITS.maxPixels(), LIMITS.maxScans(), 0))) {
      assertThat(pixels(onWorkers, file).rgb()).isEqualTo(pixels(file).rgb());
    }
  }

  @Test
  void noBytesAreEmpty() {
    assertRejected(new byte[0], RejectionReason.EMPTY, "0 bytes");
  }

  @Test
  void textAndGifAreUnsupported() {
    assertRejected(
        "a readme".getBytes(StandardCharsets.UTF_8), RejectionReason.UNSUPPORTED_FORMAT, "neither");
    assertRejected(
        TestImages.gifOf(
            TestImages.buffered(TestImages.corners(16, 16), BufferedImage.TYPE_BYTE_INDEXED)),
        RejectionReason.UNSUPPORTED_FORMAT,
        "GIF by its first bytes");
  }

  @Test
  void otherFormatsAreCalledByTheirNames() {
    Map<String, String> names =
        Map.of(
            "GIF87a", "GIF",
            "RIFF1234WEBPVP8L", "WebP",
            "\0\0\0\24ftypavif", "AVIF",
            "\0\0\0\24ftypheic", "HEIC",
            "II*\0", "TIFF",
            "MM\0*", "TIFF",
            "BM1234\0\0\0\0", "BMP",
            "\0\0\0\fjP  \r\n", "JPEG 2000",
            "\0\0\0\fJXL \r\n", "JPEG XL",
            "RIFF1234WAVE", "neither JPEG nor PNG");
    names.forEach(
        (start, name) ->
            assertRejected(
                Arrays.copyOf(start.getBytes(StandardCharsets.ISO_8859_1), 200),
                RejectionReason.UNSUPPORTED_FORMAT,
                name + " by its first bytes"));
  }

  @Test
  void moreBytesThanTheCapAreTooLarge() {
    byte[] file = new byte[LIMITS.maxBytes() + 1];
    file[0] = (byte) 0xFF;

    assertRejected(file, RejectionReason.TOO_LARGE, LIMITS.maxBytes() + 1 + " bytes");
  }

  @Test
  void aJpegCutAnywhereIsRefusedAndNeverThrows() {
    byte[] file = EncodedImages.jpeg(TestImages.corners(32, 32), 0.9f);

    for (int length = 3; length < file.length; length++) {
      DecodeOutcome outcome = decoder.decode(Arrays.copyOf(file, length));
      assertThat(outcome).as("cut at %d", length).isInstanceOf(Rejected.class);
      assertThat(((Rejected) outcome).reason())
          .isIn(RejectionReason.CORRUPT, RejectionReason.BAD_HEADER);
    }
    assertRejected(
        Arrays.copyOf(file, file.length - 20), RejectionReason.CORRUPT, "without an end of image");
  }

  @Test
  void aJpegCutInHalfWithItsEndPutBackIsCorrupt() {
    byte[] file = EncodedImages.jpeg(TestImages.corners(64, 64), 0.9f);
    byte[] half = Arrays.copyOf(file, file.length / 2 + file.length / 4);
    half[half.length - 2] = (byte) 0xFF;
    half[half.length - 1] = (byte) 0xD9;

    assertRejected(half, RejectionReason.CORRUPT, "the reader warns");
  }

  @Test
  void aPngCutBeforeItsLastRowIsRefusedAndCutAfterItIsWhole() {
    byte[] file = EncodedImages.png(TestImages.corners(32, 32));

    int end = file.length - 12 - 4 - 4; // without IEND, the data's CRC and checksum all rows stand
    for (int length = 8; length < file.length; length++) {
      DecodeOutcome outcome = decoder.decode(Arrays.copyOf(file, length));
      if (outcome instanceof Decoded decoded) {
        assertThat(length).isGreaterThanOrEqualTo(end - 2);
        assertThat(decoded.image().rgb()).isEqualTo(TestImages.corners(32, 32).rgb());
        assertThat(decoded.leniencies()).contains(Leniency.MISSING_END);
      } else {
        assertThat(length).as(outcome.toString()).isLessThan(end);
      }
    }
    assertRejected(
        Arrays.copyOf(file, file.length / 2), RejectionReason.CORRUPT, "the PNG's data ends after");
  }

  @Test
  void aPngWithAWrongCrcIsCorrupt() {
    byte[] file = EncodedImages.png(TestImages.corners(32, 32));
    file[file.length - 20] ^= 1;

    assertRejected(file, RejectionReason.CORRUPT, "wrong CRC of PNG chunk IDAT");
  }

  @Test
  void aPngWhoseDataStopsEarlyIsCorrupt() {
    byte[] rows = new byte[32 * (1 + 32 * 3) / 2];
    byte[] file =
        TestImages.png(
            TestImages.ihdr(32, 32, 8, 2),
            TestImages.idat(rows),
            TestImages.chunk("IEND", new byte[0]));

    assertRejected(file, RejectionReason.CORRUPT, "");
  }

  @Test
  void anyByteChangedGivesAnOutcomeAndNeverThrows() {
    PixelImage image = TestImages.corners(24, 24);
    for (byte[] file : List.of(EncodedImages.jpeg(image, 0.9f), EncodedImages.png(image))) {
      for (int at = 0; at < file.length; at++) {
        byte[] altered = file.clone();
        altered[at] ^= (byte) 0x55;
        assertThat(decoder.decode(altered)).isNotNull();
      }
    }
  }

  @Test
  void aHeaderBombIsRefusedBeforePixels() {
    byte[] png =
        TestImages.png(
            TestImages.ihdr(60_000, 60_000, 8, 2), TestImages.chunk("IEND", new byte[0]));
    assertRejected(png, RejectionReason.TOO_MANY_PIXELS, "60000×60000 pixels");

    byte[] beyond = TestImages.png(TestImages.ihdr(-1, 10, 8, 2), new byte[12]);
    assertRejected(beyond, RejectionReason.TOO_MANY_PIXELS, "4294967295×10 pixels");

    byte[] jpeg = EncodedImages.jpeg(TestImages.corners(32, 32), 0.9f);
    int frame = frameHeader(jpeg);
    jpeg[frame + 5] = (byte) 0x3F;
    jpeg[frame + 7] = (byte) 0x3F;
    assertRejected(jpeg, RejectionReason.TOO_MANY_PIXELS, "at most 33554432 pixels");
  }

  @Test
  void aSideUnderTheLimitIsTooSmall() {
    assertRejected(
        EncodedImages.png(TestImages.corners(7, 40)), RejectionReason.TOO_SMALL, "7×40 pixels");
    byte[] jpeg = EncodedImages.jpeg(TestImages.corners(32, 32), 0.9f);
    jpeg[frameHeader(jpeg) + 6] = 0;
    assertRejected(jpeg, RejectionReason.TOO_SMALL, "32×0 pixels");
  }

  @Test
  void aProgressiveScanBombIsRefusedBeforePixels() {
    byte[] file =
        TestImages.progressive(
            TestImages.buffered(TestImages.corners(32, 32), BufferedImage.TYPE_3BYTE_BGR));
    int scan = lastScan(file);
    byte[] bomb = Arrays.copyOf(file, scan + 2_000 * (file.length - 2 - scan) + 2);
    for (int i = scan; i < bomb.length - 2; i++) {
      bomb[i] = file[scan + (i - scan) % (file.length - 2 - scan)];
    }
    bomb[bomb.length - 2] = (byte) 0xFF;
    bomb[bomb.length - 1] = (byte) 0xD9;

    assertRejected(bomb, RejectionReason.TOO_MANY_SCANS, "over 100 scans");
  }

  @Test
  void unknownKindsOfJpegAreUnsupported() {
    byte[] arithmetic = EncodedImages.jpeg(TestImages.corners(32, 32), 0.9f);
    arithmetic[frameHeader(arithmetic) + 1] = (byte) 0xC9;
    assertRejected(arithmetic, RejectionReason.UNSUPPORTED_FORMAT, "arithmetic coding (SOF9)");

    byte[] twelveBits = EncodedImages.jpeg(TestImages.corners(32, 32), 0.9f);
    twelveBits[frameHeader(twelveBits) + 4] = 12;
    assertRejected(twelveBits, RejectionReason.UNSUPPORTED_FORMAT, "12 bits a sample");
  }

  @Test
  void whatFollowsTheEndAndWhatNoDecoderNeedsIsIgnored() {
    PixelImage image = TestImages.corners(32, 32);
    byte[] file = EncodedImages.jpeg(image, 0.9f);
    byte[] brokenProfile = "ICC_PROFILE\0\1\1nonsense".getBytes(StandardCharsets.ISO_8859_1);
    byte[] dressed =
        TestImages.withSegment(
            TestImages.withSegment(file, 0xE2, brokenProfile), 0xFE, new byte[300]);
    byte[] followed = Arrays.copyOf(dressed, dressed.length + 5_000);

    assertThat(pixels(followed).rgb()).isEqualTo(pixels(file).rgb());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void exifOrientationIsApplied(int orientation) {
    PixelImage upright = TestImages.corners(48, 32);
    PixelImage stored = stored(upright, orientation);

    PixelImage fromJpeg =
        pixels(TestImages.withExif(EncodedImages.jpeg(stored, 0.95f), orientation));
    assertThat(fromJpeg.width()).isEqualTo(48);
    assertThat(fromJpeg.height()).isEqualTo(32);
    assertClose(fromJpeg, upright, 12);

    byte[] png = EncodedImages.png(stored);
    byte[] exif = TestImages.chunk("eXIf", TestImages.exif(orientation));
    byte[] file = Arrays.copyOf(png, png.length + exif.length);
    System.arraycopy(exif, 0, file, 33, exif.length);
    System.arraycopy(png, 33, file, 33 + exif.length, png.length - 33);
    assertThat(pixels(file).rgb()).isEqualTo(upright.rgb());
  }

  @Test
  void anUnknownOrientationLeavesThePixels() {
    byte[] file = EncodedImages.jpeg(TestImages.corners(48, 32), 0.95f);

    assertThat(pixels(TestImages.withExif(file, 9)).rgb()).isEqualTo(pixels(file).rgb());
    assertThat(
            pixels(
                    TestImages.withSegment(
                        file, 0xE1, "Exif\0\0MM?".getBytes(StandardCharsets.ISO_8859_1)))
                .rgb())
        .isEqualTo(pixels(file).rgb());
  }

  /**
   * What a camera stores so that {@code orientation} makes it upright: written out case by case.
   */
  private static PixelImage stored(PixelImage upright, int orientation) {
    int w = upright.width();
    int h = upright.height();
    boolean turned = orientation >= 5;
    int sw = turned ? h : w;
    int sh = turned ? w : h;
    byte[] out = new byte[w * h * 3];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        // EXIF 2.32: which sides of the upright image the 0th row and the 0th column are.
        int row =
            switch (orientation) {
              case 1, 2 -> y; // row 0 is the top
              case 3, 4 -> h - 1 - y; // the bottom
              case 5, 8 -> x; // the left side
              default -> w - 1 - x; // the right side
            };
        int column =
            switch (orientation) {
              case 1, 4 -> x; // column 0 is the left side
              case 2, 3 -> w - 1 - x; // the right side
              case 5, 6 -> y; // the top
              default -> h - 1 - y; // the bottom
            };
        System.arraycopy(upright.rgb(), (y * w + x) * 3, out, (row * sw + column) * 3, 3);
      }
    }
    return new PixelImage(sw, sh, out);
  }

  @Test
  void grayJpegKeepsItsSamples() {
    byte[] file = TestImages.jpegOf(TestImages.flat(16, 16, 77));

    assertFlat(pixels(file), 77, 77, 77, 1);
  }

  @Test
  void cmykWithoutAnAdobeMarkerIsInvertedAsWell() {
    byte[] file = TestImages.jpegOf(TestImages.flat(16, 16, 255, 0, 127, 204));

    assertFlat(pixels(file), 204, 0, 102, 2);
  }

  @Test
  void adobeCmykIsInverted() {
    byte[] file =
        TestImages.withAdobe(TestImages.jpegOf(TestImages.flat(16, 16, 255, 0, 127, 204)), 0);

    assertFlat(pixels(file), 204, 0, 102, 2);
  }

  @Test
  void adobeYcckIsConverted() {
    // Ink (0, 255, 128) inverted is (255, 0, 127); libjpeg stores YCbCr of its complement.
    int[] rgb = {0, 255, 128};
    int y = (int) Math.round(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]);
    int cb = (int) Math.round(128 - 0.168736 * rgb[0] - 0.331264 * rgb[1] + 0.5 * rgb[2]);
    int cr = (int) Math.round(128 + 0.5 * rgb[0] - 0.418688 * rgb[1] - 0.081312 * rgb[2]);
    byte[] file =
        TestImages.withAdobe(TestImages.jpegOf(TestImages.flat(16, 16, y, cb, cr, 204)), 2);

    assertFlat(pixels(file), 204, 0, 102, 3);
  }

  @Test
  void sixteenBitsPaletteGrayAndAlphaInPng() {
    byte[] gray16 =
        TestImages.png(
            TestImages.ihdr(8, 8, 16, 0),
            TestImages.idat(rows(8, new byte[] {(byte) 0x80, (byte) 0xFF})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(gray16), 128, 128, 128, 0);

    byte[] rgb16 =
        TestImages.png(
            TestImages.ihdr(8, 8, 16, 2),
            TestImages.idat(rows(8, new byte[] {0, 10, 127, 0, (byte) 255, (byte) 255})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(rgb16), 0, 127, 255, 0);

    byte[] rgba =
        TestImages.png(
            TestImages.ihdr(8, 8, 8, 6),
            TestImages.idat(rows(8, new byte[] {0, 100, (byte) 200, 51})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(rgba), 204, 224, 244, 0);

    byte[] grayAlpha =
        TestImages.png(
            TestImages.ihdr(8, 8, 8, 4),
            TestImages.idat(rows(8, new byte[] {0, 51})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(grayAlpha), 204, 204, 204, 0);

    byte[] gray =
        TestImages.png(
            TestImages.ihdr(8, 8, 8, 0),
            TestImages.idat(rows(8, new byte[] {77})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(gray), 77, 77, 77, 0);

    byte[] bits = // one bit a pixel: a row is one byte
        TestImages.png(
            TestImages.ihdr(8, 8, 1, 0),
            TestImages.idat(rows(8, 1, new byte[] {(byte) 0xFF})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(bits), 255, 255, 255, 0);

    byte[] palette =
        TestImages.png(
            TestImages.ihdr(8, 8, 8, 3),
            TestImages.chunk("PLTE", new byte[] {1, 2, 3, 10, 20, 30}),
            TestImages.idat(rows(8, new byte[] {1})),
            TestImages.chunk("IEND", new byte[0]));
    assertFlat(pixels(palette), 10, 20, 30, 0);
  }

  private static byte[] rows(int side, byte[] pixel) {
    return rows(side, side, pixel);
  }

  private static byte[] rows(int height, int perRow, byte[] pixel) {
    byte[] out = new byte[height * (1 + perRow * pixel.length)];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < perRow; x++) {
        System.arraycopy(
            pixel, 0, out, y * (1 + perRow * pixel.length) + 1 + x * pixel.length, pixel.length);
      }
    }
    return out;
  }

  @Test
  void limitsNameTheirKeyValueAndRange() {
    assertThatThrownBy(
            () ->
                new DecodeLimits(
                    1000, 0, 100, 1000, 10, Duration.ofSeconds(1), Duration.ofMinutes(1), 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("minSide is 0: expected 1 to 65535");
    assertThatThrownBy(
            () ->
                new DecodeLimits(
                    1000, 1, 100, 1000, 10, Duration.ZERO, Duration.ofMinutes(1), 0, 1))
        .hasMessage("timeLimit is PT0S: expected PT0.001S to PT1H");
    assertThatThrownBy(
            () ->
                new DecodeLimits(
                    1000, 1, 100, 1000, 10, Duration.ofSeconds(2), Duration.ofSeconds(1), 0, 1))
        .hasMessage("wallLimit is PT1S: expected timeLimit (PT2S) or more");
  }

  private static DecodeLimits with(int maxSide, long maxPixels, int maxScans, long inlinePixels) {
    return new DecodeLimits(
        LIMITS.maxBytes(),
        LIMITS.minSide(),
        maxSide,
        maxPixels,
        maxScans,
        LIMITS.timeLimit(),
        LIMITS.wallLimit(),
        inlinePixels,
        LIMITS.hungThreads());
  }

  private PixelImage pixels(byte[] file) {
    return pixels(decoder, file);
  }

  private static PixelImage pixels(ImageDecoder decoder, byte[] file) {
    DecodeOutcome outcome = decoder.decode(file);
    assertThat(outcome).isInstanceOf(Decoded.class);
    return ((Decoded) outcome).image();
  }

  private void assertRejected(byte[] file, RejectionReason reason, String detail) {
    DecodeOutcome outcome = decoder.decode(file);
    assertThat(outcome).isInstanceOf(Rejected.class);
    Rejected rejected = (Rejected) outcome;
    assertThat(rejected.reason()).as(rejected.detail()).isEqualTo(reason);
    assertThat(rejected.detail()).contains(detail);
  }

  private static void assertClose(PixelImage actual, PixelImage expected, int tolerance) {
    assertThat(actual.rgb()).hasSameSizeAs(expected.rgb());
    for (int i = 0; i < actual.rgb().length; i++) {
      int difference = Math.abs((actual.rgb()[i] & 0xFF) - (expected.rgb()[i] & 0xFF));
      assertThat(difference).as("byte %d", i).isLessThanOrEqualTo(tolerance);
    }
  }

  private static void assertFlat(PixelImage image, int red, int green, int blue, int tolerance) {
    byte[] rgb = new byte[image.rgb().length];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) red;
      rgb[i + 1] = (byte) green;
      rgb[i + 2] = (byte) blue;
    }
    assertClose(image, new PixelImage(image.width(), image.height(), rgb), tolerance);
  }

  /** Index of the FF before the frame header's marker. */
  private static int frameHeader(byte[] jpeg) {
    int at = 2;
    while ((jpeg[at + 1] & 0xF0) != 0xC0 || (jpeg[at + 1] & 0xFF) == 0xC4) {
      at += 2 + ((jpeg[at + 2] & 0xFF) << 8 | (jpeg[at + 3] & 0xFF));
    }
    return at;
  }

  private static int lastScan(byte[] jpeg) {
    for (int at = jpeg.length - 3; at > 0; at--) {
      if ((jpeg[at] & 0xFF) == 0xFF && (jpeg[at + 1] & 0xFF) == 0xDA) {
        return at;
      }
    }
    throw new AssertionError("no scan");
  }
}
