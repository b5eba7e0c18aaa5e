package io.millrace.ops.dashboard;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Made-up things to look into, over the pictures of a gallery. */
final class SampleExplorer implements Explorer {
  private final ThumbnailCache thumbnails;
  private volatile int points;
  private volatile boolean umapFails;

  SampleExplorer(ThumbnailCache thumbnails) {
    this.thumbnails = thumbnails;
  }

  /** Puts so many points on the map, at least; those without a picture are made up. */
  void hold(int most) {
    points = most;
  }

  /** Whether there is no UMAP. */
  void failUmap(boolean fails) {
    umapFails = fails;
  }

  @Override
  public Scatter map(Layout layout) {
    if (umapFails && layout == Layout.UMAP) {
      return new Scatter(2, layout, State.FAILED, 0, List.of());
    }
    var shown = new ArrayList<Point>();
    thumbnails.pictures().forEach(p -> shown.add(point(p.number(), p.id(), p.label())));
    for (int n = shown.size(); n < points; n++) {
      shown.add(point(n, "sampled-" + n, "disc " + n % 4));
    }
    return new Scatter(2, layout, State.READY, 0, shown);
  }

  /** Where the vector's first two components say. */
  @Override
  public Optional<Place> place(Layout layout, long version, float[] vector) {
    return version == 2 && vector.length == 3
        ? Optional.of(
            new Place(version, layout, vector[0], vector[1], layout == Layout.PCA ? 0 : 15))
        : Optional.empty();
  }

  /** On a spiral: whose neighbors by number are its neighbors on the map. */
  private static Point point(long n, String id, @Nullable String label) {
    double turn = n * 0.05;
    return new Point(
        id,
        id + ".png",
        label,
        "synthetic",
        Math.round(Math.cos(turn) * turn * 1e4) / 1e4,
        Math.round(Math.sin(turn) * turn * 1e4) / 1e4);
  }

  @Override
  public Optional<ThumbnailCache.Picture> picture(String id) {
    Optional<ThumbnailCache.Picture> kept = thumbnails.picture(id);
    return kept.isPresent() || !id.startsWith("sampled-")
        ? kept
        : thumbnails.keep(
            new ThumbnailCache.Image(
                id, "synthetic", null, SampleStatus.picture(id.hashCode() & 63)));
  }

  @Override
  public Neighbors neighbors(String id) {
    return new Neighbors(2, 8000, true, near(id, 0.99));
  }

  @Override
  public List<Neighbors> neighborsByVersion(String id) {
    return List.of(
        new Neighbors(1, 5000, false, near(id, 0.79)),
        new Neighbors(2, 5000, false, near(id, 0.99)));
  }

  private List<Near> near(String id, double nearest) {
    var near = new ArrayList<Near>();
    thumbnails.pictures().stream()
        .filter(p -> !p.id().equals(id))
        .limit(5)
        .forEach(
            p ->
                near.add(
                    new Near(
                        p.id(), null, ThumbnailCache.Card.of(p), nearest - p.number() * 0.01)));
    near.add(new Near("gone" + SampleStatus.NASTY, null, null, 0.5));
    return near;
  }

  @Override
  public Optional<Traits> release(long version) {
    return Optional.of(
        new Traits(
            version,
            Map.of("knn", 40.0 + version, "featureStd", 0.04),
            Map.of("updates", Long.toString(700 * version), "method", "byol"),
            Map.of(
                "settings.temperature",
                Double.toString(0.1 * version),
                "model.seed",
                SampleStatus.NASTY)));
  }

  @Override
  public Optional<byte[]> views(ThumbnailCache.Picture of) {
    return Optional.of(strip(6, 96));
  }

  @Override
  public Words words() {
    if (thumbnails.pictures().isEmpty()) {
      return new Words("none", 0, 0, List.of());
    }
    var words = new ArrayList<Word>();
    for (int w = 0; w < 6; w++) {
      words.add(new Word(w * 37, 900 / (w + 1)));
    }
    return new Words(
        "ready",
        2,
        24,
        List.of(new Level("layer3", 1024, 311, words), new Level("layer4", 1024, 97, words)));
  }

  @Override
  public Optional<byte[]> patches(String level, int word) {
    return Optional.of(strip(8, 48));
  }

  private static byte[] strip(int count, int side) {
    var out = new BufferedImage(count * (side + 4) - 4, side, BufferedImage.TYPE_INT_ARGB);
    var graphics = out.createGraphics();
    for (int i = 0; i < count; i++) {
      graphics.setColor(Color.getHSBColor(i * 0.17f, 0.5f, 0.8f));
      graphics.fillRect(i * (side + 4), 0, side, side);
    }
    graphics.dispose();
    return ThumbnailCache.png(out);
  }
}
