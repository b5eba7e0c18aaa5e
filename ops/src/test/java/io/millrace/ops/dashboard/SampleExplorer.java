package io.millrace.ops.dashboard;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Made-up things to look into, over the pictures of a gallery. */
record SampleExplorer(ThumbnailCache thumbnails) implements Explorer {
  @Override
  public Scatter map() {
    var points = new ArrayList<Point>();
    for (ThumbnailCache.Picture p : thumbnails.pictures()) {
      double turn = p.number() * 2.4;
      points.add(
          new Point(
              ThumbnailCache.Card.of(p),
              Math.cos(turn) * Math.sqrt(p.number()),
              Math.sin(turn) * Math.sqrt(p.number())));
    }
    return new Scatter(2, points);
  }

  @Override
  public Neighbors neighbors(ThumbnailCache.Picture of) {
    var near = new ArrayList<Near>();
    thumbnails.pictures().stream()
        .filter(p -> p.number() != of.number())
        .limit(5)
        .forEach(
            p ->
                near.add(
                    new Near(p.id(), null, ThumbnailCache.Card.of(p), 0.99 - p.number() * 0.01)));
    near.add(new Near("gone" + SampleStatus.NASTY, null, null, 0.5));
    return new Neighbors(2, 8000, true, near);
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
