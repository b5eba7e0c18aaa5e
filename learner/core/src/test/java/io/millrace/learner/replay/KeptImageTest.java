package io.millrace.learner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.Photographs;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.replay.ReplaySettings.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In which form an image is held, and how much fits. */
class KeptImageTest {
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  @AfterEach
  void close() {
    decoder.close();
  }

  private PixelImage decode(byte[] file) {
    return ((DecodeOutcome.Decoded) decoder.decode(file)).image();
  }

  private KeptImage kept(byte[] file, int maxSide, Form form) {
    PixelImage decoded = decode(file);
    return KeptImage.of(file, decoded, decoded.shrinkTo(maxSide), form);
  }

  @Test
  void aFileThatFitsIsHeldByteForByteAndOneThatDoesNotIsShrunkFirst() {
    byte[] file = Photographs.jpeg(160, 120, 1);
    KeptImage.Encoded whole = (KeptImage.Encoded) kept(file, 160, Form.AUTO);
    assertThat(whole.file()).isSameAs(file);
    KeptImage.Encoded shrunk = (KeptImage.Encoded) kept(file, 100, Form.AUTO);
    assertThat(shrunk.bytes()).isLessThan(file.length);
    PixelImage back = decode(shrunk.file());
    PixelImage wanted = decode(file).shrinkTo(100);
    assertThat(back.width()).isEqualTo(100);
    assertThat(back.height()).isEqualTo(75);
    assertThat(psnr(back, wanted)).as("decibels").isGreaterThan(30);
  }

  private static double psnr(PixelImage a, PixelImage b) {
    double square = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      double d = (a.rgb()[i] & 255) - (b.rgb()[i] & 255);
      square += d * d;
    }
    return 10 * Math.log10(255 * 255 / (square / a.rgb().length));
  }

  @Test
  void smallImagesAndFilesThatSaveLittleAreHeldAsPixels() {
    byte[] thumbnail = Photographs.jpeg(32, 32, 1);
    assertThat(kept(thumbnail, 128, Form.AUTO)).isInstanceOf(KeptImage.Pixels.class);
    assertThat(kept(thumbnail, 128, Form.COMPRESSED).bytes()).isEqualTo(thumbnail.length);
    byte[] grainy = EncodedImages.png(Photographs.pixels(96, 96, 1));
    assertThat(grainy.length).isGreaterThan(96 * 96 * 3 / 2);
    assertThat(kept(grainy, 128, Form.AUTO).bytes()).isEqualTo(96 * 96 * 3);
    byte[] photograph = Photographs.jpeg(96, 96, 1);
    assertThat(kept(photograph, 128, Form.AUTO)).isInstanceOf(KeptImage.Encoded.class);
    assertThat(kept(photograph, 128, Form.PIXELS).bytes()).isEqualTo(96 * 96 * 3);
  }

  @Test
  void twentyThousandPhotographsOfSide256FitInto512Mebibytes() {
    var settings = new ReplaySettings(ReplaySettings.Policy.FIFO, 20_000, 512, 256);
    var accept = new AcceptImages(decoder, AcceptSettings.defaults());
    List<KeptImage> made = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      byte[] accepted = accept.accept(Photographs.jpeg(1280, 960, i)).value();
      assertThat(accepted).isNotNull();
      made.add(kept(accepted, settings.maxSide(), settings.form()));
      // As they may come from elsewhere: square, and with all the grain of a small file.
      made.add(kept(Photographs.jpeg(256, 256, 100 + i), settings.maxSide(), settings.form()));
    }
    var buffer = new ReplayBuffer(settings, 1);
    for (int i = 0; i < 20_000; i++) {
      buffer.offer("photo-" + i, made.get(i % made.size()), null);
    }
    assertThat(buffer.size()).isEqualTo(20_000);
    long mean = made.stream().mapToLong(KeptImage::bytes).sum() / made.size();
    assertThat(buffer.bytes()).isBetween(19_990 * mean, 20_010 * mean).isLessThan(512L << 20);

    var pixels = new ReplayBuffer(settings.withForm(Form.PIXELS), 1);
    var square = KeptImage.of(new PixelImage(256, 256, new byte[256 * 256 * 3]));
    for (int i = 0; i < 4_000; i++) {
      pixels.offer("photo-" + i, square, null);
    }
    assertThat(pixels.size()).as("as pixels").isEqualTo((512 << 20) / (256 * 256 * 3));
  }

  @Test
  void theFormIsAWordOfTheConfiguration() {
    assertThat(Arrays.stream(Form.values()).map(Form::toString))
        .containsExactly("auto", "compressed", "pixels");
    assertThat(ReplaySettings.defaults().form()).isEqualTo(Form.AUTO);
  }
}
