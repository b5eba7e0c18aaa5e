package io.millrace.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.junit.jupiter.api.Test;

/** Shrinking against references in double, and against aliasing. */
class ShrinkTest {
  @Property(tries = 60)
  void averagesTheAreaOfEachCell(
      @ForAll @IntRange(min = 9, max = 90) int width,
      @ForAll @IntRange(min = 9, max = 90) int height,
      @ForAll @IntRange(min = 8, max = 89) int side,
      @ForAll @IntRange(min = 0, max = 1000) int seed) {
    PixelImage image = Photographs.pixels(width, height, seed);
    PixelImage small = image.shrinkTo(side);
    if (Math.max(width, height) <= side) {
      assertThat(small).isSameAs(image);
      return;
    }
    assertThat(Math.max(small.width(), small.height())).isEqualTo(side);
    double[] literal = literal(image, small.width(), small.height());
    for (int i = 0; i < literal.length; i++) {
      assertThat((double) (small.rgb()[i] & 0xFF))
          .as("sample %d", i)
          .isBetween(literal[i] - 0.502, literal[i] + 0.502);
    }
  }

  /** The integral of the image over each cell, sample by sample. */
  private static double[] literal(PixelImage image, int w, int h) {
    double[] out = new double[w * h * 3];
    double sx = (double) image.width() / w;
    double sy = (double) image.height() / h;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int c = 0; c < 3; c++) {
          double sum = 0;
          for (int j = 0; j < image.height(); j++) {
            double down = Math.min((y + 1) * sy, j + 1) - Math.max(y * sy, j);
            for (int i = 0; i < image.width() && down > 0; i++) {
              double across = Math.min((x + 1) * sx, i + 1) - Math.max(x * sx, i);
              if (across > 0) {
                sum += down * across * (image.rgb()[(j * image.width() + i) * 3 + c] & 0xFF);
              }
            }
          }
          out[(y * w + x) * 3 + c] = sum / (sx * sy);
        }
      }
    }
    return out;
  }

  @Test
  void whatIsTooFineToBeSeenBecomesGray() throws Exception {
    PixelImage stripes = stripes(1280, 960);
    for (boolean scaled : new boolean[] {false, true}) {
      PixelImage small = shrunk(EncodedImages.jpeg(stripes, 0.95f), 300, scaled);
      assertThat(deviation(small)).as("libjpeg-turbo %s", scaled).isLessThan(10);
    }
    double skipped = deviation(everyFifth(stripes));
    assertThat(skipped).as("what leaving pixels out makes of it").isGreaterThan(50);
  }

  @Test
  void aScaledDecodeLooksLikeAFullOneThatIsAveraged() throws Exception {
    assumeThat(TurboJpeg.isHere()).as("libjpeg-turbo on this machine").isTrue();
    for (int side : new int[] {600, 512, 300, 224, 100}) {
      byte[] file = Photographs.jpeg(1280, 960, side);
      PixelImage full = shrunk(file, side, false);
      PixelImage fast = shrunk(file, side, true);
      assertThat(fast.width()).isEqualTo(full.width());
      assertThat(fast.height()).isEqualTo(full.height());
      double square = 0;
      for (int i = 0; i < full.rgb().length; i++) {
        square += Math.pow((full.rgb()[i] & 0xFF) - (fast.rgb()[i] & 0xFF), 2);
      }
      double psnr = 10 * Math.log10(255.0 * 255 * full.rgb().length / square);
      assertThat(psnr).as("dB at %d", side).isGreaterThan(44);
    }
  }

  /** A property of which every try is turned down has failed: it is to be skipped before. */
  static final class WithLibjpegTurbo implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      return TurboJpeg.isHere()
          ? SkipResult.doNotSkip()
          : SkipResult.skip("no libjpeg-turbo on this machine");
    }
  }

  @Property(tries = 60)
  @AddLifecycleHook(WithLibjpegTurbo.class)
  void theShortCutMakesTheSamePixels(
      @ForAll @IntRange(min = 8, max = 200) int width,
      @ForAll @IntRange(min = 8, max = 200) int height,
      @ForAll @IntRange(min = 5, max = 100) int quality) {
    PixelImage image = Photographs.pixels(width, height, quality);
    TurboJpeg turbo = TurboJpeg.create();
    assertThat(turbo).isNotNull();
    try (var slow =
        new ImageDecoder(DecodeLimits.defaults(), DecodeListener.NONE, ImageIoPixelReader::new)) {
      byte[] file = EncodedImages.jpeg(image, quality / 100f);
      PixelImage quick = turbo.read(file, width, height, Integer.MAX_VALUE);
      assertThat(quick).isNotNull();
      assertThat(quick.rgb()).isEqualTo(((DecodeOutcome.Decoded) slow.decode(file)).image().rgb());
    }
  }

  @Test
  void theShortCutLeavesOtherKindsAlone() {
    assumeThat(TurboJpeg.isHere()).as("libjpeg-turbo on this machine").isTrue();
    TurboJpeg turbo = TurboJpeg.create();
    assertThat(turbo).isNotNull();
    var image = TestImages.buffered(Photographs.pixels(40, 30, 1), BufferedImage.TYPE_INT_RGB);
    byte[] plain = TestImages.jpegOf(image);
    assertThat(turbo.read(plain, 40, 30, Integer.MAX_VALUE)).isNotNull();
    byte[][] others = {
      TestImages.progressive(image),
      TestImages.withAdobe(plain, 0),
      TestImages.jpegOf(TestImages.flat(40, 30, 200, 100, 50, 220)),
      TestImages.jpegOf(
          TestImages.buffered(Photographs.pixels(40, 30, 1), BufferedImage.TYPE_BYTE_GRAY)),
      java.util.Arrays.copyOf(plain, plain.length / 2),
      java.util.Arrays.copyOf(plain, 3),
    };
    for (byte[] other : others) {
      assertThat(turbo.read(other, 40, 30, Integer.MAX_VALUE)).isNull();
    }
  }

  @Test
  void sidesThatAreNoMultipleAreScaledToo() throws Exception {
    byte[] file = Photographs.jpeg(1023, 771, 1);
    for (boolean scaled : new boolean[] {false, true}) {
      PixelImage small = shrunk(file, 250, scaled);
      assertThat(small.width()).isEqualTo(250);
      assertThat(small.height()).isEqualTo(188);
    }
  }

  @Test
  void aDamagedFileIsRefusedWhicheverDecoderShrinksIt() {
    byte[] file = Photographs.jpeg(1280, 960, 2);
    byte[] cut = java.util.Arrays.copyOf(file, file.length / 2);
    cut[cut.length - 2] = (byte) 0xFF;
    cut[cut.length - 1] = (byte) 0xD9;
    for (boolean scaled : new boolean[] {false, true}) {
      try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
        var images = new AcceptImages(decoder, new AcceptSettings(512, 0.9, false, scaled));
        assertThat(images.accept(cut).outcome())
            .isInstanceOfSatisfying(
                DecodeOutcome.Rejected.class,
                r -> assertThat(r.reason()).isEqualTo(RejectionReason.CORRUPT));
      }
    }
  }

  @Test
  void theDivisorLeavesTheLimitOrMore() {
    assertThat(TurboJpeg.divisor(4000, 3000, 512)).isEqualTo(4);
    assertThat(TurboJpeg.divisor(4096, 100, 512)).isEqualTo(8);
    assertThat(TurboJpeg.divisor(1280, 960, 512)).isEqualTo(2);
    assertThat(TurboJpeg.divisor(960, 1280, 640)).isEqualTo(2);
    assertThat(TurboJpeg.divisor(1023, 771, 512)).isEqualTo(2);
    assertThat(TurboJpeg.divisor(1022, 771, 512)).isEqualTo(1);
    assertThat(TurboJpeg.divisor(32, 32, 512)).isEqualTo(1);
    assertThat(TurboJpeg.divisor(4000, 3000, Integer.MAX_VALUE)).isEqualTo(1);
  }

  private static PixelImage shrunk(byte[] file, int side, boolean scaled) throws DecodeException {
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      return decoder.shrunk(file, side, scaled).image().image();
    }
  }

  private static PixelImage stripes(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % width / 2 % 2 * 255); // four pixels to a cycle
    }
    return new PixelImage(width, height, rgb);
  }

  private static PixelImage everyFifth(PixelImage image) {
    int w = image.width() / 5;
    byte[] rgb = new byte[w * 3];
    for (int x = 0; x < w; x++) {
      System.arraycopy(image.rgb(), x * 5 * 3, rgb, x * 3, 3);
    }
    return new PixelImage(w, 1, rgb);
  }

  private static double deviation(PixelImage image) {
    double sum = 0;
    double squares = 0;
    for (byte b : image.rgb()) {
      sum += b & 0xFF;
      squares += (b & 0xFF) * (b & 0xFF);
    }
    double mean = sum / image.rgb().length;
    return Math.sqrt(squares / image.rgb().length - mean * mean);
  }
}
