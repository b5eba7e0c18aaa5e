package io.millrace.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeOutcome.Decoded;
import io.millrace.ingest.decode.DecodeOutcome.Rejected;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with a flaw: what takes no pixels is accepted and named, the pixels are the right ones. */
class LenientImagesTest {
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  @AfterEach
  void close() {
    decoder.close();
  }

  static Stream<String> files() throws URISyntaxException {
    return Arrays.stream(new File(folder().toString()).list())
        .filter(name -> !name.endsWith(".expected.png"))
        .sorted();
  }

  private static Path folder() throws URISyntaxException {
    return Path.of(LenientImagesTest.class.getResource("/images").toURI());
  }

  /**
   * Files under {@code images} with what libjpeg-turbo 2.1.5 and libpng 1.6.39 show (Pillow 9.4), 2
   * of 255 apart at most for JPEG. Without such a picture beside it the file is refused, but for
   * two whose transparency is our own to show.
   */
  @ParameterizedTest
  @MethodSource("files")
  void whatOthersShow(String name) throws Exception {
    DecodeOutcome outcome = decoder.decode(Files.readAllBytes(folder().resolve(name)));

    Path expected = folder().resolve(name.replaceFirst("\\.[a-z]+$", ".expected.png"));
    if (name.startsWith("trns-")) {
      assertThat(outcome).isInstanceOf(Decoded.class);
      assertThat(((Decoded) outcome).leniencies()).containsExactly(Leniency.TRANSPARENCY);
    } else if (Files.exists(expected) && !name.startsWith("cut-")) {
      assertThat(outcome).isInstanceOf(Decoded.class);
      assertSame(((Decoded) outcome).image(), expected.toFile(), name.endsWith(".png") ? 0 : 2);
    } else {
      assertThat(outcome).isInstanceOf(Rejected.class);
      assertThat(((Rejected) outcome).reason()).isEqualTo(RejectionReason.CORRUPT);
    }
  }

  private static void assertSame(PixelImage image, File expected, int tolerance)
      throws IOException {
    BufferedImage picture = ImageIO.read(expected);
    assertThat(image.width()).isEqualTo(picture.getWidth());
    assertThat(image.height()).isEqualTo(picture.getHeight());
    int worst = 0;
    for (int i = 0; i < image.width() * image.height(); i++) {
      int rgb = picture.getRGB(i % image.width(), i / image.width());
      for (int c = 0; c < 3; c++) {
        int shown = rgb >> (16 - 8 * c) & 0xFF;
        worst = Math.max(worst, Math.abs(shown - (image.rgb()[3 * i + c] & 0xFF)));
      }
    }
    assertThat(worst).isLessThanOrEqualTo(tolerance);
  }

  private Decoded decoded(byte[] file) {
    DecodeOutcome outcome = decoder.decode(file);
    assertThat(outcome).as(outcome.toString()).isInstanceOf(Decoded.class);
    return (Decoded) outcome;
  }

  private void assertAccepted(byte[] file, PixelImage expected, Leniency... kinds) {
    Decoded decoded = decoded(file);
    assertThat(decoded.leniencies()).containsExactlyInAnyOrder(kinds);
    assertThat(decoded.image().rgb()).isEqualTo(expected.rgb());
  }

  private void assertRejected(byte[] file, String detail) {
    DecodeOutcome outcome = decoder.decode(file);
    assertThat(outcome).isInstanceOf(Rejected.class);
    assertThat(((Rejected) outcome).detail()).contains(detail);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      out[i] = (byte) values[i];
    }
    return out;
  }

  @Nested
  class Jpeg {
    private final byte[] file = EncodedImages.jpeg(TestImages.corners(40, 24), 0.9f);
    private final PixelImage plain = decoded(file).image();

    private byte[] putIn(int at, byte[] file, int... values) {
      return concat(
          Arrays.copyOf(file, at), bytes(values), Arrays.copyOfRange(file, at, file.length));
    }

    private int segment(int marker) {
      int at = 2;
      while ((file[at + 1] & 0xFF) != marker) {
        at += 2 + ((file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF));
      }
      return at;
    }

    @Test
    void fillBytesAreLegal() {
      assertAccepted(putIn(segment(0xC0), file, 0xFF, 0xFF, 0xFF), plain);
      assertAccepted(putIn(file.length - 2, file, 0xFF, 0xFF), plain);
    }

    @Test
    void bytesOfNoSegmentAreSkipped() {
      for (int marker : new int[] {0xDB, 0xC4, 0xC0, 0xDA}) {
        byte[] odd = putIn(segment(marker), file, 1, 2, 3, 0xFF, 0, 9);
        assertAccepted(odd, plain, Leniency.EXTRANEOUS_BYTES);
      }
      int[] many = new int[500];
      Arrays.setAll(many, i -> i % 200 + 1);
      assertAccepted(putIn(file.length - 2, file, many), plain, Leniency.EXTRANEOUS_BYTES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSegmentShorterThanItsLengthFieldIsEmpty(int length) {
      assertAccepted(putIn(2, file, 0xFF, 0xE5, 0, length), plain, Leniency.SEGMENT_LENGTH);
      assertRejected(putIn(2, file, 0xFF, 0xDB, 0, length), "expected 2 or more");
    }

    @Test
    void motionJpegHasTheStandardTables() {
      PixelImage image = TestImages.corners(32, 32);
      byte[] standard = EncodedImages.jpeg(image, 0.75f); // the JDK's writer uses the same
      byte[] bare = TestImages.withoutSegments(standard, 0xC4);

      assertAccepted(bare, decoded(standard).image(), Leniency.MISSING_HUFFMAN_TABLES);
    }

    @Test
    void wideQuantizationTablesInABaselineFrame() {
      int at = segment(0xDB);
      int length = (file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF);
      ByteArrayOutputStream tables = new ByteArrayOutputStream();
      for (int i = at + 4; i < at + 2 + length; i += 65) {
        tables.write(0x10 | file[i]);
        for (int k = 1; k <= 64; k++) {
          tables.write(0);
          tables.write(file[i + k]);
        }
      }
      byte[] bare = TestImages.withoutSegments(file, 0xDB);
      assertAccepted(
          TestImages.withSegment(bare, 0xDB, tables.toByteArray()),
          plain,
          Leniency.WIDE_QUANTIZATION);
    }

    @Test
    void aSequentialScanThatNamesARange() {
      byte[] odd = file.clone();
      int scan = segment(0xDA);
      odd[scan + 12] = 0; // last coefficient
      assertAccepted(odd, plain, Leniency.SCAN_PARAMETERS);
    }

    @Test
    void exifThatEndsEarly() {
      byte[] cut = Arrays.copyOf(TestImages.exif(6), 20);
      byte[] odd = TestImages.withSegment(file, 0xE1, concat("Exif\0\0".getBytes(), cut));
      assertAccepted(odd, plain, Leniency.EXIF);
    }

    @Test
    void damageIsRefused() {
      int half = (segment(0xDA) + file.length) / 2;
      assertRejected(concat(Arrays.copyOf(file, half), bytes(0xFF, 0xD9)), "premature end");
      assertRejected(putIn(half, file, 0xFF, 0xE0, 0, 2), "premature end");
      assertRejected(Arrays.copyOf(file, file.length - 2), "without an end of image");
      assertRejected(putIn(2, file, 0xFF, 0x05, 0, 2), "marker 0x5");
      assertRejected(putIn(2, file, 0xFF, 0xD8), "a second start of image");
      byte[] differential = file.clone();
      differential[segment(0xC0) + 1] = (byte) 0xC5;
      assertRejected(differential, "SOF5");
    }

    /**
     * Three components are what libjpeg says they are; "rgb" shows the samples as they are stored.
     */
    @ParameterizedTest
    @CsvSource({
      "true,-1,123,ycc",
      "true,0,123,ycc",
      "true,1,123,ycc",
      "true,2,123,ycc",
      "true,0,RGB,ycc",
      "true,-1,RGB,ycc",
      "true,77,123,ycc",
      "false,-1,123,ycc",
      "false,0,123,rgb",
      "false,1,123,ycc",
      "false,2,123,ycc",
      "false,77,123,ycc",
      "false,-1,RGB,rgb",
      "false,1,RGB,ycc",
      "false,0,RGB,rgb",
      "false,-1,012,ycc",
      "false,-1,Ycc,ycc",
      "false,-1,rgb,ycc"
    })
    void threeComponents(boolean jfif, int adobe, String ids, String colors) {
      int[] ycc = {150, 100, 180};
      byte[] bare = TestImages.jpegOf(TestImages.flat(16, 16, ycc));
      bare = TestImages.withoutSegments(TestImages.withoutSegments(bare, 0xEE), 0xE0);
      if (!ids.equals("123")) {
        bare = withIds(bare, ids);
      }
      byte[] odd = adobe < 0 ? bare : TestImages.withSegment(bare, 0xEE, adobe(adobe));
      odd = jfif ? TestImages.withSegment(odd, 0xE0, JFIF) : odd;

      byte[] rgb = decoded(odd).image().rgb();
      int[] expected = colors.equals("rgb") ? ycc : rgb(ycc);
      for (int c = 0; c < 3; c++) {
        assertThat(rgb[c] & 0xFF).isBetween(expected[c] - 2, expected[c] + 2);
      }
      Set<Leniency> kinds = EnumSet.noneOf(Leniency.class);
      if (adobe >= 0 && (jfif ? adobe != 1 : adobe > 1)) {
        kinds.add(Leniency.COLOR_MARKERS);
      }
      assertThat(decoded(odd).leniencies()).isEqualTo(kinds);
    }

    @ParameterizedTest
    @CsvSource({"-1,cmyk", "0,cmyk", "2,ycck", "1,ycck", "77,ycck"})
    void fourComponents(int adobe, String colors) {
      int[] stored = {150, 100, 180, 204};
      byte[] bare = TestImages.jpegOf(TestImages.flat(16, 16, stored));
      bare = TestImages.withoutSegments(TestImages.withoutSegments(bare, 0xEE), 0xE0);
      byte[] odd = adobe < 0 ? bare : TestImages.withSegment(bare, 0xEE, adobe(adobe));

      byte[] rgb = decoded(odd).image().rgb();
      int[] light = colors.equals("cmyk") ? stored : rgb(stored);
      for (int c = 0; c < 3; c++) {
        int ink = colors.equals("cmyk") ? light[c] : 255 - light[c];
        int expected = ink * stored[3] / 255;
        assertThat(rgb[c] & 0xFF).isBetween(expected - 2, expected + 2);
      }
      assertThat(decoded(odd).leniencies())
          .isEqualTo(
              adobe < 0
                  ? Set.of(Leniency.CMYK_WITHOUT_ADOBE)
                  : adobe == 0 || adobe == 2 ? Set.of() : Set.of(Leniency.COLOR_MARKERS));
    }

    private static final byte[] JFIF = {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0};

    private static byte[] adobe(int transform) {
      return new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
    }

    /** The same frame and scan under other component ids. */
    private static byte[] withIds(byte[] jpeg, String ids) {
      byte[] out = jpeg.clone();
      int at = 2;
      while ((out[at + 1] & 0xFF) != 0xDA) {
        if ((out[at + 1] & 0xFF) == 0xC0) {
          for (int c = 0; c < 3; c++) {
            out[at + 10 + 3 * c] = id(ids, c);
          }
        }
        at += 2 + ((out[at + 2] & 0xFF) << 8 | (out[at + 3] & 0xFF));
      }
      for (int c = 0; c < 3; c++) {
        out[at + 5 + 2 * c] = id(ids, c);
      }
      return out;
    }

    private static byte id(String ids, int component) {
      return (byte) (ids.equals("012") ? component : ids.charAt(component));
    }

    /** JFIF's conversion (T.871). */
    private static int[] rgb(int[] ycc) {
      double y = ycc[0];
      double cb = ycc[1] - 128;
      double cr = ycc[2] - 128;
      return new int[] {
        clamp(y + 1.402 * cr), clamp(y - 0.344136 * cb - 0.714136 * cr), clamp(y + 1.772 * cb)
      };
    }

    private static int clamp(double value) {
      return (int) Math.max(0, Math.min(255, Math.round(value)));
    }
  }

  @Nested
  class Png {
    private final byte[] start = TestImages.ihdr(8, 8, 8, 2);
    private final byte[] end = TestImages.chunk("IEND", new byte[0]);
    private final byte[] data = TestImages.idat(rows(3));
    private final PixelImage plain = decoded(TestImages.png(start, data, end)).image();

    /** Rows of a picture that differs from pixel to pixel. */
    private static byte[] rows(int channels) {
      byte[] rows = new byte[8 * (1 + 8 * channels)];
      for (int y = 0; y < 8; y++) {
        for (int i = 0; i < 8 * channels; i++) {
          rows[y * (1 + 8 * channels) + 1 + i] = (byte) (17 * y + 5 * i);
        }
      }
      return rows;
    }

    private static byte[] wrongCrc(byte[] chunk) {
      byte[] out = chunk.clone();
      out[out.length - 1] ^= 1;
      return out;
    }

    @Test
    void anAncillaryChunkWithAWrongCrcIsIgnored() {
      for (String name : new String[] {"gAMA", "iCCP", "tRNS", "eXIf", "prVt", "bKGD"}) {
        byte[] broken = wrongCrc(TestImages.chunk(name, new byte[6]));
        assertAccepted(TestImages.png(start, broken, data, end), plain, Leniency.CHUNK_CRC);
        assertAccepted(TestImages.png(start, data, broken, end), plain, Leniency.CHUNK_CRC);
      }
    }

    @Test
    void anAncillaryChunkOfAWrongLengthIsIgnored() {
      Map<String, Integer> lengths =
          new TreeMap<>(
              Map.of("gAMA", 0, "cHRM", 5, "sRGB", 2, "pHYs", 1, "tIME", 3, "bKGD", 1, "tEXt", 0));
      lengths.forEach(
          (name, length) ->
              assertAccepted(
                  TestImages.png(start, TestImages.chunk(name, new byte[length]), data, end),
                  plain,
                  Leniency.CHUNK_CONTENT));
      byte[] profile = TestImages.chunk("iCCP", "no profile".getBytes());
      assertAccepted(TestImages.png(start, profile, data, end), plain);
    }

    @Test
    void whatFollowsTheLastRowMayBeMissingOrMore() {
      byte[] whole = TestImages.png(start, data, end);
      for (int cut : new int[] {1, 11, 12}) {
        assertAccepted(Arrays.copyOf(whole, whole.length - cut), plain, Leniency.MISSING_END);
      }
      assertAccepted(
          TestImages.png(start, data, TestImages.chunk("IEND", new byte[5])),
          plain,
          Leniency.MISSING_END);
      assertAccepted(TestImages.png(start, data, wrongCrc(end)), plain, Leniency.MISSING_END);
      assertAccepted(concat(whole, new byte[300]), plain);
      byte[] raw = Arrays.copyOfRange(data, 8, data.length - 4);
      assertAccepted(
          TestImages.png(start, TestImages.chunk("IDAT", concat(raw, new byte[7])), end),
          plain,
          Leniency.EXTRA_IMAGE_DATA);
      assertAccepted(
          TestImages.png(start, TestImages.idat(concat(rows(3), rows(3))), end),
          plain,
          Leniency.EXTRA_IMAGE_DATA);
      assertAccepted(
          TestImages.png(start, TestImages.chunk("IDAT", Arrays.copyOf(raw, raw.length - 4)), end),
          plain,
          Leniency.MISSING_CHECKSUM);
    }

    @Test
    void dataMayComeInPiecesAndEmptyOnes() {
      byte[] raw = Arrays.copyOfRange(data, 8, data.length - 4);
      ByteArrayOutputStream pieces = new ByteArrayOutputStream();
      for (byte b : raw) {
        pieces.writeBytes(TestImages.chunk("IDAT", new byte[0]));
        pieces.writeBytes(TestImages.chunk("IDAT", new byte[] {b}));
      }
      assertAccepted(TestImages.png(start, pieces.toByteArray(), end), plain);
    }

    @Test
    void damagedRowsAndCriticalChunksAreRefused() {
      byte[] raw = Arrays.copyOfRange(data, 8, data.length - 4);
      assertRejected(TestImages.png(start, wrongCrc(data), end), "wrong CRC of PNG chunk IDAT");
      assertRejected(TestImages.png(wrongCrc(start), data, end), "wrong CRC of PNG chunk IHDR");
      byte[] checksum = raw.clone();
      checksum[raw.length - 1] ^= 1;
      assertRejected(
          TestImages.png(start, TestImages.chunk("IDAT", checksum), end), "incorrect data check");
      assertRejected(
          TestImages.png(start, TestImages.idat(Arrays.copyOf(rows(3), 150)), end), "of 200 bytes");
      assertRejected(
          TestImages.png(start, TestImages.chunk("ABCD", new byte[1]), data, end), "ABCD");
      assertRejected(
          TestImages.png(TestImages.ihdr(8, 8, 8, 3), TestImages.idat(rows(1)), end),
          "without a palette");
      assertRejected(
          TestImages.png(
              TestImages.ihdr(8, 8, 8, 3),
              TestImages.chunk("PLTE", new byte[10]),
              TestImages.idat(rows(1)),
              end),
          "PLTE chunk of 10 bytes");
      byte[] half =
          TestImages.png(
              start,
              TestImages.chunk("IDAT", Arrays.copyOf(raw, 20)),
              TestImages.chunk("tEXt", new byte[2]),
              TestImages.chunk("IDAT", Arrays.copyOfRange(raw, 20, raw.length)),
              end);
      assertRejected(half, "of 200 bytes");
    }

    /** Hidden samples show white: of one gray, of one color, by palette entry. */
    @ParameterizedTest
    @CsvSource({"0,1", "0,2", "0,4", "0,8", "0,16", "2,8", "2,16", "3,1", "3,2", "3,4", "3,8"})
    void transparencyOfEveryDepth(int colorType, int depth) {
      int perPixel = depth * (colorType == 2 ? 3 : 1);
      // Every sample of a row is 1, the rows' last pixel 0.
      int bits = 8 * perPixel;
      byte[] rows = new byte[8 * (1 + bits / 8)];
      for (int y = 0; y < 8; y++) {
        for (int sample = 0; sample < 7 * perPixel / depth; sample++) {
          int last = (sample + 1) * depth - 1;
          rows[y * (1 + bits / 8) + 1 + last / 8] |= (byte) (0x80 >> last % 8);
        }
      }
      byte[] hidden =
          colorType == 3 ? bytes(255, 0) : colorType == 0 ? bytes(0, 1) : bytes(0, 1, 0, 1, 0, 1);
      byte[] palette = TestImages.chunk("PLTE", bytes(10, 20, 30, 40, 50, 60));
      byte[] file =
          TestImages.png(
              TestImages.ihdr(8, 8, depth, colorType),
              colorType == 3 ? palette : new byte[0],
              TestImages.chunk("tRNS", hidden),
              TestImages.idat(rows),
              end);

      Decoded decoded = decoded(file);
      assertThat(decoded.leniencies()).isEmpty();
      byte[] rgb = decoded.image().rgb();
      assertThat(Arrays.copyOf(rgb, 21)).containsOnly(0xFF);
      assertThat(Arrays.copyOfRange(rgb, 21, 24))
          .isEqualTo(colorType == 3 ? bytes(10, 20, 30) : bytes(0, 0, 0));
    }

    @Test
    void transparencyThatDoesNotFitIsLeftOut() {
      byte[] trns = TestImages.chunk("tRNS", new byte[6]);
      for (int colorType : new int[] {4, 6}) {
        byte[] kind = TestImages.ihdr(8, 8, 8, colorType);
        byte[] pixels = TestImages.idat(rows(colorType == 4 ? 2 : 4));
        PixelImage without = decoded(TestImages.png(kind, pixels, end)).image();
        assertAccepted(TestImages.png(kind, trns, pixels, end), without, Leniency.TRANSPARENCY);
      }
      byte[] odd = TestImages.chunk("tRNS", new byte[5]);
      assertAccepted(TestImages.png(start, odd, data, end), plain, Leniency.TRANSPARENCY);
      assertAccepted(TestImages.png(start, data, trns, end), plain, Leniency.TRANSPARENCY);

      byte[] two = TestImages.ihdr(8, 8, 8, 3);
      byte[] palette = TestImages.chunk("PLTE", bytes(10, 20, 30, 40, 50, 60));
      byte[] ones = new byte[8 * 9];
      for (int i = 0; i < ones.length; i++) {
        ones[i] = (byte) (i % 9 == 0 ? 0 : 1);
      }
      byte[] longer = TestImages.chunk("tRNS", bytes(0, 51, 0, 0));
      byte[] rgb = new byte[8 * 8 * 3];
      for (int i = 0; i < rgb.length; i += 3) {
        System.arraycopy(bytes(212, 214, 216), 0, rgb, i, 3); // 51 of 255 upon white
      }
      assertAccepted(
          TestImages.png(two, palette, longer, TestImages.idat(ones), end),
          new PixelImage(8, 8, rgb),
          Leniency.TRANSPARENCY);
    }

    @Test
    void aPaletteTooLongIsCutAndOneTooShortIsBlackBeyondItsEnd() {
      byte[] two = TestImages.ihdr(8, 8, 1, 3);
      byte[] rows = new byte[16];
      for (int y = 0; y < 8; y++) {
        rows[2 * y + 1] = (byte) 0xFF;
      }
      byte[] three = TestImages.chunk("PLTE", bytes(1, 2, 3, 4, 5, 6, 7, 8, 9));
      Decoded decoded = decoded(TestImages.png(two, three, TestImages.idat(rows), end));
      assertThat(decoded.leniencies()).containsExactly(Leniency.PALETTE);
      assertThat(Arrays.copyOf(decoded.image().rgb(), 3)).isEqualTo(bytes(4, 5, 6));

      byte[] one = TestImages.chunk("PLTE", bytes(1, 2, 3));
      byte[] rgb = decoded(TestImages.png(two, one, TestImages.idat(rows), end)).image().rgb();
      assertThat(rgb).containsOnly(0);
    }

    @Test
    void exifIsReadOrLeft() {
      byte[] broken = TestImages.chunk("eXIf", Arrays.copyOf(TestImages.exif(6), 20));
      assertAccepted(TestImages.png(start, broken, data, end), plain, Leniency.EXIF);
      byte[] turned = TestImages.chunk("eXIf", TestImages.exif(3));
      byte[] rgb = decoded(TestImages.png(start, turned, data, end)).image().rgb();
      for (int i = 0; i < 3; i++) {
        assertThat(rgb[i]).isEqualTo(plain.rgb()[63 * 3 + i]);
      }
    }

    @Test
    void theCodeStreamHoldsRightChecksums() throws Exception {
      byte[] stream =
          PngHeaderParser.parse(TestImages.png(start, data, end), DecodeLimits.defaults())
              .codestream();
      CRC32 crc = new CRC32();
      crc.update(stream, stream.length - 8, 4);
      assertThat((int) crc.getValue())
          .isEqualTo(java.nio.ByteBuffer.wrap(stream, stream.length - 4, 4).getInt());
    }
  }
}
