package io.millrace.ingest.source;

import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ContentHash;
import io.millrace.ingest.image.ImageOrigin;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.stream.ImageHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A stream that needs no data: rendered objects whose class is shape × texture, shown in clips,
 * with place, size, turn, colors, light, background and noise drawn apart from the class. Any image
 * is made from its number alone. Held-out images are single frames of clips that are never
 * streamed.
 */
public final class SyntheticSource implements ImageSource {
  /** Raise it when any pixel changes: it is part of the fingerprint. */
  private static final int GENERATOR_VERSION = 2;

  private static final long STREAM = 11;
  private static final long HELD_OUT = 12;
  private static final long CLASS = 13;

  /** Time of image 0; the others follow at 25 a second. */
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final long FRAME_MILLIS = 40;

  private final SyntheticSettings settings;
  private final String fingerprint;

  public SyntheticSource(SyntheticSettings settings) {
    this.settings = settings;
    String content = "synthetic " + GENERATOR_VERSION + " " + settings.withImages(0).withHeldOut(0);
    this.fingerprint =
        ContentHash.sha256(content.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** Its settings. */
  public SyntheticSettings settings() {
    return settings;
  }

  @Override
  public String name() {
    return "synthetic";
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public ImageSet stream() {
    return new Frames(settings.images() == 0 ? ImageSet.UNBOUNDED : settings.images(), "", STREAM);
  }

  @Override
  public ImageSet heldOut() {
    return new Frames(settings.heldOut(), "held-out-", HELD_OUT);
  }

  @Override
  public List<String> labels() {
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < settings.classes(); i++) {
      labels.add(scene(i, 0, 0).label());
    }
    labels.sort(null);
    return List.copyOf(labels);
  }

  @Override
  public long skipped() {
    return 0;
  }

  @Override
  public void close() {}

  /** The pixels of a streamed image before they are encoded. */
  PixelImage pixels(long index) {
    return streamed(index).render();
  }

  /** The pixels of a held-out image before they are encoded. */
  PixelImage heldOutPixels(long index) {
    return heldOutScene(index).render();
  }

  private SyntheticScene streamed(long index) {
    long clip = index / settings.clipFrames();
    long key = new SplitMix64(STREAM, clip).nextLong();
    return scene(classOf(key, clip * settings.clipFrames()), key, index % settings.clipFrames());
  }

  private SyntheticScene heldOutScene(long index) {
    long key = new SplitMix64(HELD_OUT, index).nextLong();
    return scene((int) (index % settings.classes()), key, 0);
  }

  /** Draws a class from the mix at a place in the stream. */
  private int classOf(long key, long position) {
    int classes = settings.classes();
    double u = new SplitMix64(settings.seed(), CLASS, key).nextDouble();
    if (settings.driftStrength() == 0) {
      return (int) (u * classes);
    }
    double[] weights = new double[classes];
    double sum = 0;
    double time = (double) (position % settings.driftPeriod()) / settings.driftPeriod();
    for (int c = 0; c < classes; c++) {
      double turn = 2 * Math.PI * (time - (double) c / classes);
      weights[c] = 1 + settings.driftStrength() * StrictMath.cos(turn);
      sum += weights[c];
    }
    double left = u * sum;
    for (int c = 0; c < classes - 1; c++) {
      left -= weights[c];
      if (left < 0) {
        return c;
      }
    }
    return classes - 1;
  }

  private SyntheticScene scene(int number, long key, long frame) {
    SyntheticShape shape = SyntheticShape.values()[number / settings.textures()];
    SyntheticTexture texture = SyntheticTexture.values()[number % settings.textures()];
    return new SyntheticScene(settings, shape, texture, key, frame);
  }

  private final class Frames implements ImageSet {
    private final long count;
    private final String prefix;
    private final long space;

    Frames(long count, String prefix, long space) {
      this.count = count;
      this.prefix = prefix;
      this.space = space;
    }

    @Override
    public long count() {
      return count;
    }

    @Override
    public ImageRecord read(long index) {
      SyntheticScene scene = sceneAt(index);
      byte[] bytes =
          EncodedImages.encode(scene.render(), settings.format(), (float) settings.quality());
      ImageOrigin origin =
          new ImageOrigin(
              "/millrace/" + name(),
              ImageHeaders.TYPE_IMAGE,
              START.plusMillis(index * FRAME_MILLIS),
              prefix + index,
              scene.label());
      return new ImageRecord(place(index), bytes, origin);
    }

    @Override
    public String label(long index) {
      return sceneAt(index).label();
    }

    @Override
    public String place(long index) {
      return "synthetic-" + fingerprint.substring(0, 8) + "-" + prefix + index;
    }

    private SyntheticScene sceneAt(long index) {
      Objects.checkIndex(index, count);
      return space == STREAM ? streamed(index) : heldOutScene(index);
    }
  }
}
