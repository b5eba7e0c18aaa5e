package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome.Decoded;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.image.ImageFormat;
import io.millrace.ingest.image.ImageRecord;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SyntheticSourceTest {
  private static final SyntheticSettings SETTINGS = SyntheticSettings.defaults();

  private final SyntheticSource source = new SyntheticSource(SETTINGS);

  /** Published metrics belong to this generator: a change needs a new version and new metrics. */
  @Test
  void theGeneratorIsFrozen() {
    MessageDigest digest = ContentHash.newDigest();
    for (int i = 0; i < 512; i++) {
      digest.update(source.pixels(i).rgb());
      digest.update(source.heldOutPixels(i).rgb());
    }

    assertThat(HexFormat.of().formatHex(digest.digest()))
        .isEqualTo("b956bbf0feb93ba4e2a2e2736e5fc823c9a8059ea54f3ca5eb5b8f91c06144d8");
  }

  @Test
  void anImageIsAFunctionOfItsNumber() throws Exception {
    ImageRecord first = source.stream().read(1234);
    source.stream().read(5);

    assertThat(new SyntheticSource(SETTINGS).stream().read(1234)).isEqualTo(first);
    assertThat(new SyntheticSource(SETTINGS.withSeed(8)).stream().read(1234)).isNotEqualTo(first);
  }

  @Test
  void rawPixelsDoNotTellTheClasses() {
    assertThat(rawNearestNeighbors(4_000, 500)).isLessThan(0.40);
  }

  @Test
  void neighborsInTimeShowOneObjectAndClipsDiffer() {
    int clip = SETTINGS.clipFrames();
    double within = 0;
    double between = 0;
    for (int i = 0; i < 100; i++) {
      PixelImage last = source.pixels((long) (i + 1) * clip - 1);
      within += distance(last, source.pixels((long) (i + 1) * clip - 2));
      between += distance(last, source.pixels((long) (i + 1) * clip));
      assertThat(source.stream().label((long) i * clip))
          .isEqualTo(source.stream().label((long) (i + 1) * clip - 1));
    }
    assertThat(within).isLessThan(between / 4);
  }

  @Test
  void noHeldOutImageIsStreamed() throws Exception {
    Set<String> heldOut = new HashSet<>();
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      ImageRecord image = source.heldOut().read(i);
      heldOut.add(image.sha256());
      ids.add(image.id());
    }
    for (int i = 0; i < 500; i++) {
      ImageRecord image = source.stream().read(i);
      assertThat(heldOut).doesNotContain(image.sha256());
      assertThat(ids).doesNotContain(image.id());
    }
  }

  @Test
  void classesAreBalancedWithoutDriftAndSwayWithIt() {
    Map<String, Integer> counts = counts(SETTINGS, 0, 16_000);
    assertThat(counts).hasSize(12);
    assertThat(counts.values()).allSatisfy(n -> assertThat(n).isBetween(700, 2_100));

    SyntheticSettings drifting =
        new SyntheticSettings(
            7,
            8,
            4,
            4,
            0,
            0,
            1,
            1,
            8_000,
            ImageFormat.PNG,
            1,
            0.3,
            0.4,
            0.1,
            180,
            0.5,
            0.3,
            0.5,
            2,
            0.05);
    String firstLabel = "disc-plain";
    int atItsPeak = counts(drifting, 0, 500).getOrDefault(firstLabel, 0);
    int half = counts(drifting, 3_750, 4_250).getOrDefault(firstLabel, 0);
    int aPeriodLater = counts(drifting, 8_000, 8_500).getOrDefault(firstLabel, 0);
    assertThat(atItsPeak).isGreaterThan(40);
    assertThat(half).isLessThan(10);
    assertThat(aPeriodLater).isGreaterThan(40);
  }

  private static Map<String, Integer> counts(SyntheticSettings settings, int from, int to) {
    SyntheticSource drifting = new SyntheticSource(settings);
    Map<String, Integer> counts = new HashMap<>();
    for (int i = from; i < to; i++) {
      counts.merge(String.valueOf(drifting.stream().label(i)), 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void imagesAreFilesThatDecode() throws Exception {
    try (ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults())) {
      for (ImageFormat format : new ImageFormat[] {ImageFormat.JPEG, ImageFormat.PNG}) {
        SyntheticSettings settings =
            new SyntheticSettings(
                7, 48, 5, 5, 10, 3, 4, 0, 1, format, 0.9, 0.3, 0.4, 0.1, 180, 0.5, 0.3, 0.5, 2,
                0.05);
        try (SyntheticSource finite = new SyntheticSource(settings)) {
          assertThat(finite.stream().count()).isEqualTo(10);
          assertThat(finite.heldOut().count()).isEqualTo(3);
          assertThat(finite.labels()).hasSize(25).isSorted();
          ImageRecord image = finite.stream().read(9);
          assertThat(image.format()).isEqualTo(format);
          PixelImage decoded = ((Decoded) decoder.decode(image.bytes())).image();
          assertThat(decoded.width()).isEqualTo(48);
          if (format == ImageFormat.PNG) {
            assertThat(decoded.rgb()).isEqualTo(finite.pixels(9).rgb());
          }
          assertThatThrownBy(() -> finite.stream().read(10))
              .isInstanceOf(IndexOutOfBoundsException.class);
        }
      }
    }
  }

  @Test
  void settingsNameTheirKeyValueAndRange() {
    assertThatThrownBy(
            () ->
                new SyntheticSettings(
                    7,
                    4,
                    4,
                    4,
                    0,
                    0,
                    8,
                    0,
                    1,
                    ImageFormat.JPEG,
                    0.9,
                    0.3,
                    0.4,
                    0.1,
                    180,
                    0.5,
                    0.3,
                    0.5,
                    2,
                    0.05))
        .hasMessage("side is 4: expected 8 to 1024");
  }

  private static double distance(PixelImage a, PixelImage b) {
    double sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      double d = (a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF);
      sum += d * d;
    }
    return sum;
  }

  /** Accuracy of the majority of the 20 nearest by cosine. */
  private double rawNearestNeighbors(int bank, int queries) {
    float[][] features =
        IntStream.range(0, bank + queries)
            .parallel()
            .mapToObj(i -> normalized(source.heldOutPixels(i)))
            .toArray(float[][]::new);
    long right =
        IntStream.range(bank, bank + queries)
            .parallel()
            .filter(q -> vote(features, bank, q).equals(source.heldOut().label(q)))
            .count();
    return (double) right / queries;
  }

  private String vote(float[][] features, int bank, int query) {
    double[] similarity = new double[bank];
    for (int j = 0; j < bank; j++) {
      similarity[j] = dot(features[query], features[j]);
    }
    Map<String, Integer> votes = new HashMap<>();
    IntStream.range(0, bank)
        .boxed()
        .sorted((a, b) -> Double.compare(similarity[b], similarity[a]))
        .limit(20)
        .forEach(j -> votes.merge(String.valueOf(source.heldOut().label(j)), 1, Integer::sum));
    return votes.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  private static double dot(float[] a, float[] b) {
    float s0 = 0; // four sums, which the processor adds side by side
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    for (int k = 0; k < a.length; k += 4) {
      s0 += a[k] * b[k];
      s1 += a[k + 1] * b[k + 1];
      s2 += a[k + 2] * b[k + 2];
      s3 += a[k + 3] * b[k + 3];
    }
    return s0 + s1 + s2 + s3;
  }

  private static float[] normalized(PixelImage image) {
    float[] values = new float[image.rgb().length];
    double norm = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = image.rgb()[i] & 0xFF;
      norm += values[i] * values[i];
    }
    float scale = (float) (1 / Math.sqrt(norm));
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return values;
  }
}
